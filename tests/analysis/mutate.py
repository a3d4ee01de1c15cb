"""mutate.py: the one-line operator mutants of a C file.

Reads tokens, so that comments, strings and preprocessor lines stay as they are.  Mutated are: comparisons, logical,
arithmetic and bit operators, assignments, increments, negations, conditions without an operator, the arms of ?:, numbers
(one more, one less), named constants (the next of their enum), and statements that are left out (calls that only free
memory aside).
"""
import collections
import functools
import glob
import re

Mutant = collections.namedtuple("Mutant", "path function number old new source")
Token = collections.namedtuple("Token", "kind text begin end")

TOKEN = re.compile(r"""
    (?P<skip>/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:\\\n|[^\n])*|\s+)
  | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>0[xX][0-9a-fA-F]+[uUlL]*|\d+(?:\.\d+)?[uUlL]*)
  | (?P<op>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^~!<>=?:;,.(){}\[\]])
""", re.S | re.M | re.X)

SWAPS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
         "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"], "&": ["|"], "|": ["&"],
         "^": ["|"], "<<": [">>"], ">>": ["<<"], "++": ["--"], "--": ["++"], "+=": ["-=", "="], "-=": ["+=", "="],
         "*=": ["/="], "/=": ["*="], "|=": ["&=", "="], "&=": ["|=", "="], "^=": ["|="]}
# Between an operand on the left and one on the right only; else * & - + say something else.
BINARY = {"+", "-", "*", "&"}
KEYWORDS = {"if", "else", "for", "while", "do", "switch", "case", "default", "return", "break", "continue", "goto",
            "sizeof", "static", "const", "struct", "enum", "union", "int", "char", "unsigned", "void", "size_t"}
# What only gives memory back, or says what happened, decides nothing.
NO_LOSS = re.compile(r"^(?:\w*free|\w+_(?:clear|end|abort|free))\(|^\(void\)")


@functools.lru_cache(None)
def neighbours():
    """Of each constant of an enum the next one of it."""
    out = {}
    groups = []
    for path in sorted(glob.glob("src/relay/*.h") + glob.glob("src/ops/*.h") + glob.glob("src/dns/*.h")):
        text = re.sub(r"/\*.*?\*/|^[ \t]*#[^\n]*", "", open(path).read(), flags=re.S | re.M)
        for body in re.findall(r"enum(?: \w+)? \{([^}]*)\}", text):
            groups.append(re.findall(r"\b[A-Z][A-Z0-9_]+\b", body))
    definitions = open("src/relay/verdict.def").read()
    groups += [re.findall(r"^REASON\((\w+)", definitions, re.M), re.findall(r"^FLAG\((\w+)", definitions, re.M)]
    for names in groups:
        names = list(dict.fromkeys(n for n in names if not n.startswith("N_")))
        for i, n in enumerate(names):
            if len(names) > 1:
                out.setdefault(n, names[(i + 1) % len(names)])
    return out


def tokens_of(text):
    out, at = [], 0
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise SystemExit("mutate.py: cannot read %r" % text[at:at + 40])
        if m.lastgroup != "skip":
            out.append(Token(m.lastgroup, m.group(), m.start(), m.end()))
        at = m.end()
    return out


def functions_of(tokens):
    """Of each token the function or table that it stands in, "" outside."""
    out, depth, name, last = [], 0, "", ""
    for i, t in enumerate(tokens):
        if depth == 0 and t.kind == "word" and i + 1 < len(tokens) and tokens[i + 1].text in ("(", "["):
            last = t.text
        if depth == 0 and t.text == "enum":
            last = "enum"
        if t.text in ("{", "("):
            if depth == 0 and t.text == "{":
                name = last
            depth += 1
        out.append(name if depth else "")
        if t.text in ("}", ")"):
            depth -= 1
            if depth == 0 and t.text == "}":
                name = ""
    return out


def is_operand_end(t):
    return t.kind in ("number", "string") or t.text in (")", "]") or (t.kind == "word" and t.text not in KEYWORDS)


def changed_number(text):
    m = re.match(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)$", text)
    if not m:
        return []
    digits, suffix = m.groups()
    n = int(digits, 0)
    form = "0x%x%s" if digits[:2] in ("0x", "0X") else "%d%s"
    return [form % (k, suffix) for k in (n + 1, n - 1) if k >= 0]


def is_truth(tokens, i):
    """`return 1;` or `return -1;`: true, or a failure, whichever number it is; only 0 says something else."""
    before = [t.text for t in tokens[i - 2:i]]
    return tokens[i].text == "1" and tokens[i + 1].text == ";" and (before[1] == "return" or before == ["return", "-"])


def match_of(tokens, i, step):
    """The token that closes, or opens, the bracket at i."""
    depth = 0
    while 0 <= i < len(tokens):
        depth += (tokens[i].text in ("(", "[", "{")) - (tokens[i].text in (")", "]", "}"))
        if depth == 0:
            return i
        i += step
    return None


def changes(text, tokens, i):
    """Pairs (begin, end, new text) for the token at i."""
    t, before = tokens[i], tokens[i - 1] if i else None
    if t.text in SWAPS and not (t.text in BINARY and not (before and is_operand_end(before))):
        for other in SWAPS[t.text]:
            yield t.begin, t.end, other
    if t.text == "!":
        yield t.begin, t.end, ""
    if t.kind == "number":
        for other in changed_number(t.text)[is_truth(tokens, i):]:
            yield t.begin, t.end, other
    if t.kind == "word" and t.text in neighbours() and before and before.text != "[":
        yield t.begin, t.end, neighbours()[t.text]
    if t.text in ("if", "while") and tokens[i + 1].text == "(":
        end = match_of(tokens, i + 1, 1)
        inner = tokens[i + 2:end]
        if not any(x.text in SWAPS or x.text == "!" for x in inner if x.text not in BINARY):
            yield tokens[i + 2].begin, tokens[end - 1].end, "!(%s)" % text[tokens[i + 2].begin:tokens[end - 1].end]
    if t.text == "?":
        yield from swapped_arms(text, tokens, i)
    if t.text == "return" and tokens[i + 1].text != ";":
        end = next(k for k in range(i, len(tokens)) if tokens[k].text == ";")
        inner = tokens[i + 1:end]
        if inner[0].kind == "word" and not any(x.text in SWAPS or x.text == "?" for x in inner if x.text not in BINARY):
            yield inner[0].begin, inner[-1].end, "!(%s)" % text[inner[0].begin:inner[-1].end]
    if before and before.text in (";", "{", "}", ")", ":", "else") and t.kind == "word" and not is_inside(tokens, i):
        yield from left_out(text, tokens, i)


def swapped_arms(text, tokens, i):
    depth, middle, end = 0, None, None
    for k in range(i + 1, len(tokens)):
        x = tokens[k].text
        if depth == 0 and x == ":" and middle is None:
            middle = k
        elif depth == 0 and middle is not None and x in (",", ";", ")", "]", "}", ":"):
            end = k
            break
        elif x == "?":
            return
        depth += (x in ("(", "[", "{")) - (x in (")", "]", "}"))
    if middle is None or end is None:
        return
    one = text[tokens[i + 1].begin:tokens[middle - 1].end]
    two = text[tokens[middle + 1].begin:tokens[end - 1].end]
    yield tokens[i + 1].begin, tokens[end - 1].end, "%s : %s" % (two, one)


def is_inside(tokens, i):
    """Within parentheses or brackets, or an arm of ?: is no statement."""
    depth = 0
    for k in range(i - 1, -1, -1):
        x = tokens[k].text
        depth += (x in (")", "]")) - (x in ("(", "["))
        if depth < 0:
            return True
        if depth == 0 and k < i - 1 and x in (";", "{", "}"):
            break
        if depth == 0 and x == "?":
            return True
    return False


def left_out(text, tokens, i):
    if tokens[i].text in KEYWORDS - {"break", "continue"} or tokens[i + 1].text == ":":
        return
    if tokens[i - 1].text == ")" and tokens[match_of(tokens, i - 1, -1) - 1].text not in ("if", "while", "for"):
        return
    depth = 0
    for k in range(i, len(tokens)):
        x = tokens[k].text
        depth += (x in ("(", "[", "{")) - (x in (")", "]", "}"))
        if depth < 0:
            return
        if depth == 0 and x == ";":
            if not NO_LOSS.match(text[tokens[i].begin:]):
                yield tokens[i].begin, tokens[k].end, ";"
            return


def is_room_of_array(line):
    """A declaration whose number is only how much fits in."""
    return re.match(r"\s*(?:static |const |unsigned )*(?:struct )?\w+ \*?\w+\[", line) and "=" not in line


def mutants_of(path, functions):
    """All mutants of the functions named, or of the whole file; each once."""
    text = open(path).read()
    tokens = tokens_of(text)
    names = functions_of(tokens)
    out = {}
    for i in range(len(tokens)):
        if not names[i] or (functions and names[i] not in functions):
            continue
        for begin, end, new in changes(text, tokens, i):
            start, stop = text.rfind("\n", 0, begin) + 1, text.find("\n", begin)
            if end > stop or (tokens[i].kind == "number" and is_room_of_array(text[start:stop])):
                continue
            old = text[start:stop]
            line = text[start:begin] + new + text[end:stop]
            out.setdefault((start, line), Mutant(path, names[i], text.count("\n", 0, begin) + 1, old, line,
                                                 text[:start] + line + text[stop:]))
    return list(out.values())
