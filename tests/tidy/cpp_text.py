"""Just enough understanding of C++ text for the tidy rules: comments and literals blanked out,
and where each function begins and ends. It trusts the formatting that clang-format enforces.
"""

import re

_TOKEN = re.compile(
    r"""
      (?P<raw>\b(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")
    | (?P<line>//[^\n]*)
    | (?P<block>/\*.*?\*/)
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<number>\b[0-9][0-9a-fA-FxXbB']*)
    | (?P<char>'(?:[^'\\\n]|\\.)+')
    """,
    re.VERBOSE | re.DOTALL,
)
_PREPROCESSOR = re.compile(r"^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_ACCESS = re.compile(r"^[ \t]*(?:public|private|protected):", re.MULTILINE)
_NOT_NEWLINE = re.compile(r"[^\n]")
_CONTROL = re.compile(r"(?:if|else|for|while|do|switch|catch|try)\b")
_TYPE = re.compile(
    r"(?:template\s*<.*>\s*)?(?:typedef\s+)?(?:class|struct|union|enum|namespace|extern)\b",
    re.DOTALL,
)


def _spaces(match):
    """Returns what a match is replaced with: as long and with the same lines, but empty."""
    return _NOT_NEWLINE.sub(" ", match.group())


def blank(text, keep_strings=False):
    """Returns `text`, of the same length and lines, with comments and literals as spaces."""

    def replace(match):
        kind = match.lastgroup
        if match.group("number"):
            return match.group()
        if keep_strings and kind not in ("line", "block"):
            return match.group()
        return _spaces(match)

    return _TOKEN.sub(replace, text)


def raw_string_lines(text):
    """Returns the numbers (from 1) of the lines that a raw string literal touches."""
    lines = set()
    for match in _TOKEN.finditer(text):
        if match.group("raw"):
            first = text.count("\n", 0, match.start()) + 1
            lines.update(range(first, first + match.group().count("\n") + 1))
    return lines


def _matching_brace(text, start):
    """Returns the index just past the brace that closes the one at `start`."""
    depth = 0
    for match in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.end()
    return len(text)


def _is_data(text, brace, head):
    """Whether the brace at `brace` opens a braced initialiser rather than a body or a scope."""
    touches_a_name = brace > 0 and not text[brace - 1].isspace()
    return touches_a_name or head.endswith(("=", ",", "(", "return"))


def functions(text):
    """Yields (first line, last line, head) of every function with a body, tests included, in the
    order of the text. A function within a function, a lambda say, counts as part of the outer one.
    """
    code = blank(text)
    for pattern in (_PREPROCESSOR, _ACCESS):
        code = pattern.sub(_spaces, code)
    at, head_start = 0, 0
    punctuation = re.compile(r"[{};()]")
    parentheses = 0
    while match := punctuation.search(code, at):
        at = match.end()
        sign = match.group()
        if sign == "(":
            parentheses += 1
        elif sign == ")":
            parentheses -= 1
        elif sign == "}" or (sign == ";" and parentheses == 0):
            head_start = at
        elif sign == "{":
            head = code[head_start : match.start()].strip()
            if _is_data(code, match.start(), head):
                at = _matching_brace(code, match.start())
            elif "(" in head and not _TYPE.match(head) and not _CONTROL.match(head):
                end = _matching_brace(code, match.start())
                begin = head_start + len(code[head_start:]) - len(code[head_start:].lstrip())
                yield code.count("\n", 0, begin) + 1, code.count("\n", 0, end) + 1, head
                at = head_start = end
                parentheses = 0
            else:
                head_start = at
