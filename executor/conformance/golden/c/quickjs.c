/* Runs a script on QuickJS-ng, a whole JavaScript engine that is compiled as its authors wrote it. On machines with 32
 * bits its values are NaN-boxed: every object, string and integer is a NaN with a payload. Exit code 2: an exception. */
#include <stdio.h>
#include <quickjs.h>

static JSValue print(JSContext *context, JSValueConst this_value, int count, JSValueConst *values) {
	(void)this_value;
	for (int i = 0; i < count; i++) {
		const char *text = JS_ToCString(context, values[i]);
		if (!text)
			return JS_EXCEPTION;
		printf(i ? " %s" : "%s", text);
		JS_FreeCString(context, text);
	}
	putchar('\n');
	return JS_UNDEFINED;
}

int main(void) {
	static char script[1 << 18];
	size_t length = fread(script, 1, sizeof script - 1, stdin);
	JSContext *context = JS_NewContext(JS_NewRuntime());
	if (!context)
		return 3;
	JSValue global = JS_GetGlobalObject(context);
	JS_SetPropertyStr(context, global, "print", JS_NewCFunction(context, print, "print", 1));
	JSValue result = JS_Eval(context, script, length, "script", JS_EVAL_TYPE_GLOBAL);
	if (!JS_IsException(result))
		return 0;
	const char *text = JS_ToCString(context, JS_GetException(context));
	fprintf(stderr, "quickjs: %s\n", text ? text : "an exception that has no text");
	return 2;
}
