// Turns a small Markdown into HTML and lists its words: classes, maps, arrays and strings on the language's own heap with
// reference tracing garbage collection.
import { readText, write } from "./wasi";

abstract class Block {
	abstract html(): string;
}

class Heading extends Block {
	constructor(public level: i32, public text: string) {
		super();
	}
	html(): string {
		const level = this.level.toString();
		return "<h" + level + ">" + inline(this.text) + "</h" + level + ">";
	}
}

class Paragraph extends Block {
	lines: string[] = [];
	html(): string {
		return "<p>" + inline(this.lines.join(" ")) + "</p>";
	}
}

class List extends Block {
	items: string[] = [];
	html(): string {
		return "<ul>" + this.items.map<string>((item) => "<li>" + inline(item) + "</li>").join("") + "</ul>";
	}
}

class Code extends Block {
	lines: string[] = [];
	html(): string {
		return "<pre>" + escaped(this.lines.join("\n")) + "</pre>";
	}
}

function escaped(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function inline(text: string): string {
	let result = "", strong = false, code = false;
	for (let i = 0; i < text.length; i++) {
		const c = text.charAt(i);
		if (c == "`") {
			result += code ? "</code>" : "<code>";
			code = !code;
		} else if (!code && c == "*" && text.charAt(i + 1) == "*") {
			result += strong ? "</b>" : "<b>";
			strong = !strong;
			i++;
		} else {
			result += escaped(c);
		}
	}
	return result;
}

function parse(text: string): Block[] {
	const blocks: Block[] = [];
	const lines = text.split("\n");
	for (let i = 0; i < lines.length; i++) {
		const line = lines[i].trimEnd();
		if (line.length == 0) continue;
		if (line.startsWith("```")) {
			const code = new Code();
			while (++i < lines.length && !lines[i].startsWith("```")) code.lines.push(lines[i]);
			blocks.push(code);
		} else if (line.startsWith("#")) {
			let level = 1;
			while (line.charAt(level) == "#") level++;
			blocks.push(new Heading(level, line.substring(level).trim()));
		} else if (line.startsWith("- ")) {
			const list = new List();
			for (; i < lines.length && lines[i].startsWith("- "); i++) list.items.push(lines[i].substring(2));
			i--;
			blocks.push(list);
		} else {
			const paragraph = new Paragraph();
			for (; i < lines.length && lines[i].trim().length > 0; i++) paragraph.lines.push(lines[i].trim());
			blocks.push(paragraph);
		}
	}
	return blocks;
}

const text = readText();
const blocks = parse(text);
for (let i = 0; i < blocks.length; i++) write(blocks[i].html() + "\n");

const counts = new Map<string, i32>();
const words = text.toLowerCase().split(" ");
for (let i = 0; i < words.length; i++) {
	const word = words[i].trim();
	if (word.length > 0) counts.set(word, counts.has(word) ? counts.get(word) + 1 : 1);
}
const keys = counts.keys();
keys.sort((a, b) => {
	const order = counts.get(b) - counts.get(a);
	return order != 0 ? order : a < b ? -1 : a > b ? 1 : 0;
});
for (let i = 0; i < min(keys.length, 5); i++) write(keys[i] + " " + counts.get(keys[i]).toString() + "\n");
