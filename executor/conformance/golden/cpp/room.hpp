// What the C++ programs need of the world: standard streams, exit, a heap with free lists, and text output. There is no
// C++ library for the target in the usual packages, so they do without one.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

struct Piece {
	const void *at;
	size_t length;
};

extern "C" {
WASI(fd_read) int wasi_fd_read(int descriptor, const Piece *list, size_t count, size_t *read);
WASI(fd_write) int wasi_fd_write(int descriptor, const Piece *list, size_t count, size_t *written);
WASI(proc_exit) _Noreturn void wasi_proc_exit(int code);
extern char __heap_base;
}

#undef WASI

// Blocks of powers of two, each size with a list of free ones.
class Heap {
public:
	static void *take(size_t size) {
		int order = 4;
		while ((size_t(1) << order) < size + sizeof(Header))
			order++;
		Header *block = free_[order];
		if (block) {
			free_[order] = block->next;
		} else {
			block = reinterpret_cast<Header *>(fresh(size_t(1) << order));
		}
		block->order = order;
		return block + 1;
	}

	static void give(void *memory) {
		if (!memory)
			return;
		Header *block = static_cast<Header *>(memory) - 1;
		int order = int(block->order);
		block->next = free_[order];
		free_[order] = block;
	}

private:
	union Header {
		Header *next;
		size_t order;
		double aligned;
	};

	static char *fresh(size_t size) {
		if (!next_) {
			next_ = reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(&__heap_base) + 15) & ~uintptr_t(15));
			end_ = reinterpret_cast<char *>(__builtin_wasm_memory_size(0) << 16);
		}
		if (size_t(end_ - next_) < size) {
			size_t pages = (size + 0xFFFF) >> 16;
			if (__builtin_wasm_memory_grow(0, pages) == size_t(-1))
				wasi_proc_exit(3);
			end_ += pages << 16;
		}
		char *block = next_;
		next_ += size;
		return block;
	}

	static inline Header *free_[33];
	static inline char *next_, *end_;
};

void *operator new(size_t size) { return Heap::take(size); }
void *operator new[](size_t size) { return Heap::take(size); }
void operator delete(void *memory) noexcept { Heap::give(memory); }
void operator delete[](void *memory) noexcept { Heap::give(memory); }
void operator delete(void *memory, size_t) noexcept { Heap::give(memory); }
void operator delete[](void *memory, size_t) noexcept { Heap::give(memory); }

// What the compiler asks for by itself.
extern "C" __attribute__((used)) int __cxa_atexit(void (*)(void *), void *, void *) { return 0; }
extern "C" __attribute__((used)) void __cxa_pure_virtual() { __builtin_trap(); }

// Written in pieces as they come; `flush` before the end.
class Output {
public:
	~Output() { flush(); }
	Output &operator<<(char c) {
		if (length_ == sizeof text_)
			flush();
		text_[length_++] = c;
		return *this;
	}
	Output &operator<<(const char *text) {
		while (*text)
			*this << *text++;
		return *this;
	}
	Output &operator<<(int64_t number) {
		if (number < 0)
			*this << '-';
		return *this << uint64_t(number < 0 ? -uint64_t(number) : uint64_t(number));
	}
	Output &operator<<(uint64_t number) {
		if (number > 9)
			*this << number / 10;
		return *this << char('0' + number % 10);
	}
	void hex(uint64_t number) {
		for (int shift = 60; shift >= 0; shift -= 4)
			*this << "0123456789abcdef"[number >> shift & 15];
	}
	void flush() {
		Piece piece{ text_, length_ };
		size_t written;
		if (length_)
			wasi_fd_write(1, &piece, 1, &written);
		length_ = 0;
	}

private:
	char text_[512];
	size_t length_ = 0;
};

// All of the standard input, ended by a zero.
inline char *read_input(size_t *length) {
	size_t room = 1024, used = 0;
	char *text = new char[room];
	for (;;) {
		Piece piece{ text + used, room - used - 1 };
		size_t read = 0;
		if (wasi_fd_read(0, &piece, 1, &read) || read == 0)
			break;
		used += read;
		if (room - used < 256) {
			char *larger = new char[room *= 2];
			for (size_t i = 0; i < used; i++)
				larger[i] = text[i];
			delete[] text;
			text = larger;
		}
	}
	text[used] = 0;
	*length = used;
	return text;
}
