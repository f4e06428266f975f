//! How often do Sybils get a wrong result accepted?
