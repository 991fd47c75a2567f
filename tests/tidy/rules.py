"""The house rules that no compiler checks. Each rule takes one file and yields (line, message);
RULES names them all. tidy_test.py runs them over the tree, rules_test.py shows each one biting.

A rule never looks at a file on disk, so that it can be tried on any text.
"""

import ast
import pathlib
import re

import cpp_text

MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 800
MAX_COLUMNS = 100

_INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def _is_cpp(source):
    return source.path.endswith((".cc", ".h"))


def _is_code(source):
    return source.path.endswith((".cc", ".h", ".py", ".sh", ".cmake")) or source.path == ".ci/run"


def _is_recorded(source):
    """Recorded input is kept byte for byte; only rules about what we write ourselves skip it."""
    return bool(re.search(r"(^|/)(testdata|golden|fixtures|recorded)/", source.path))


def _inside(path, folders):
    return any(path.startswith(folder + "/") for folder in folders)


def _matches(source, pattern, text=None):
    """Yields (line, matched text) for each hit of `pattern`."""
    for number, line in enumerate((text or source.text).split("\n"), 1):
        for match in pattern.finditer(line):
            yield number, match.group().strip()


# Layers. The first column is a folder, the second what no file under it may include.
_IO_LIBRARIES = ("boost/", "httplib.h", "simdjson.h", "nlohmann/", "spdlog/", "fmt/", "yaml-cpp/",
                 "CLI/", "prometheus/", "openssl/")
_FORBIDDEN_INCLUDES = (
    ("model", ("scheduler/", "api/", "tests/", "bench/") + _IO_LIBRARIES),
    ("scheduler", ("api/", "tests/", "bench/") + _IO_LIBRARIES),
    ("api", ("tests/", "bench/")),
)
# Libraries that only these folders may include.
_CONFINED_INCLUDES = (
    ("httplib.h", ("api/kubernetes", "api/cli", "tests", "bench")),
    ("boost/", ("api/http", "api/cli/simulate")),
    ("CLI/", ("api/cli", "bench")),
    ("api/cli/", ("api/cli", "tests", "bench")),
)


# Pure functions, welcome where their library is not.
_ALLOWED_INCLUDES = (("scheduler/simulation", "boost/math/"),)


def _wrong_include(path, included):
    """Returns what is wrong with this include in this file, or None."""
    if any(_inside(path, [home]) and included.startswith(part)
           for home, part in _ALLOWED_INCLUDES):
        return None
    if included.startswith("."):
        return f"'{included}': write the path from the root"
    for folder, forbidden in _FORBIDDEN_INCLUDES:
        if _inside(path, [folder]) and included.startswith(forbidden):
            return f"{folder}/ must not include '{included}'"
    for library, homes in _CONFINED_INCLUDES:
        if included.startswith(library) and not _inside(path, homes):
            return f"'{included}' may be included under {', '.join(homes)} only"
    return None


def layering(source):
    """Arrows point one way: model <- scheduler <- api; each heavy library has one home."""
    if not _is_cpp(source):
        return
    for number, line in enumerate(source.lines, 1):
        match = _INCLUDE.match(line)
        if not match:
            continue
        message = _wrong_include(source.path, match.group(2))
        if message:
            yield number, message


_EXCEPTIONS = re.compile(r"\b(?:throw|try|catch)\b")


def no_exceptions_inside(source):
    """model and scheduler return what can fail as a Status."""
    if _is_cpp(source) and _inside(source.path, ["model", "scheduler"]):
        for number, word in _matches(source, _EXCEPTIONS, cpp_text.blank(source.text)):
            yield number, f"'{word}': model and scheduler return absl::Status instead"


_WORLD = re.compile(r"\b(?:(?:system|steady|high_resolution)_clock::now|random_device|s?rand\s*\(|"
                    r"getenv|std::(?:cout|cerr|ifstream|ofstream)|(?:std::)?printf\s*\()")


def no_world_inside(source):
    """Time, randomness and I/O reach model and scheduler through ports only."""
    if _is_cpp(source) and _inside(source.path, ["model", "scheduler"]):
        for number, word in _matches(source, _WORLD, cpp_text.blank(source.text)):
            yield number, f"'{word}': the world enters through scheduler/ports.h"


_ABSL_LOCKS = re.compile(r"\babsl::(?:\w*Mutex\w*|Notification|CondVar|BlockingCounter|Barrier)\b"
                         r"|absl/synchronization/")


def no_absl_locks(source):
    """Debian's prebuilt absl::Mutex gives false races under ThreadSanitizer."""
    if _is_cpp(source):
        code = cpp_text.blank(source.text, keep_strings=True)
        for number, word in _matches(source, _ABSL_LOCKS, code):
            yield number, f"'{word}': use model/mutex.h"


def short_functions(source):
    """A function is read as a whole; one screen is the limit."""
    if _is_cpp(source):
        spans = cpp_text.functions(source.text)
    elif source.path.endswith(".py"):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        nodes = (n for n in ast.walk(ast.parse(source.text)) if isinstance(n, kinds))
        spans = ((n.lineno, n.end_lineno, n.name) for n in nodes)
    else:
        return
    for first, last, head in spans:
        if last - first + 1 > MAX_FUNCTION_LINES:
            name = " ".join(head.split())[:60]
            length = last - first + 1
            yield first, f"'{name}' has {length} lines, {MAX_FUNCTION_LINES} is the limit"


def short_files(source):
    """A file is a room with one purpose."""
    if _is_code(source) and len(source.lines) - 1 > MAX_FILE_LINES:
        yield 1, f"{len(source.lines) - 1} lines, {MAX_FILE_LINES} is the limit"


def _opens_with_own_header(path, first):
    """Whether a .cc's first line includes the header that is its manual (x_test.cc: x.h)."""
    stem = path.rsplit("/", 1)[-1].removesuffix(".cc").removesuffix("_test")
    return path.endswith(".cc") and first.endswith((f'/{stem}.h"', f'"{stem}.h"'))


def file_comment(source):
    """A file says first what it is, or is the other half of a header that does."""
    if not source.text or not _is_code(source):
        return
    lines = source.lines[1:] if source.text.startswith("#!") else source.lines
    first = lines[0].strip() if lines else ""
    if _is_cpp(source):
        good = re.match(r"//\s*\w", first) or _opens_with_own_header(source.path, first)
    elif source.path.endswith(".py"):
        good = re.match(r'(?:r?"""\s*\S|#\s*\w)', first)
    else:
        good = re.match(r"#\s*\w", first)
    if not good:
        yield 1, "does not begin with a comment that says what the file is"


def include_guard(source):
    """The guard is the path: FOLDER_FILE_H_."""
    if not source.path.endswith(".h"):
        return
    guard = re.sub(r"[^A-Za-z0-9]", "_", source.path).upper() + "_"
    code = cpp_text.blank(source.text)
    opening = re.search(r"^#ifndef (\w+)\n#define (\w+)$", code, re.MULTILINE)
    if not opening or opening.group(1) != guard or opening.group(2) != guard:
        yield 1, f"the include guard must be {guard}"
    if not source.text.rstrip().endswith(f"#endif  // {guard}"):
        yield len(source.lines), f"must end with '#endif  // {guard}'"


# Spelt in halves, so that this file does not break its own rule.
_LEFT_OVERS = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def no_left_overs(source):
    """Work that is not done is not in the tree."""
    if not _is_recorded(source):
        for number, word in _matches(source, _LEFT_OVERS):
            yield number, f"'{word}' is left over"


# The project speaks of itself only: no path, host or habit of the place where it was written.
_ELSEWHERE = re.compile(
    r"(?<![\w./-])/work/|(?<![\w/])shared/(?:spec|data)\b|/tmp/helpers|"
    r"\bISSUE\d|\bworkplace\b|\bthe lead (?:said|wants|decides|engineer)\b|\bCEO\b|"
    r"\b(?:this|an? (?:earlier|previous|later)) (?:coding|working|agent) session\b|"
    r"proxy\.golang\.org|sum\.golang\.org|pypi\.org|pythonhosted\.org|deb\.debian\.org|"
    r"registry\.npmjs|static\.crates\.io|repo\.maven|registry\.k8s\.io|"
    r"\b(?:docker|ghcr|quay|gcr)\.io\b"
)


def speaks_of_itself(source):
    """Nothing points outside the repository, but for the one line that finds recorded data."""
    if source.path in (".ci/run", "tests/tidy/rules.py", "tests/tidy/rules_test.py"):
        return
    if not _is_recorded(source):
        for number, word in _matches(source, _ELSEWHERE):
            yield number, f"'{word}' speaks of a place outside the repository"


_TRAILING = re.compile(r"[ \t\r]+$")


def clean_lines(source):
    """No trailing blanks, no tabs, a newline at the end; C++ and Python within 100 columns."""
    text_kinds = (".cc", ".h", ".py", ".sh", ".cmake", ".md", ".yaml", ".yml", ".json", ".txt",
                  ".toml", ".ini")
    if _is_recorded(source) or not (_is_code(source) or source.path.endswith(text_kinds)):
        return
    limited = _is_cpp(source) or source.path.endswith(".py")
    unlimited = cpp_text.raw_string_lines(source.text) if _is_cpp(source) else set()
    for number, line in enumerate(source.lines, 1):
        if _TRAILING.search(line):
            yield number, "trailing white space"
        if "\t" in line.rstrip():
            yield number, "a tab"
        if len(line) > MAX_COLUMNS and limited and number not in unlimited:
            if not _INCLUDE.match(line) and "://" not in line:
                yield number, f"{len(line)} columns, {MAX_COLUMNS} is the limit"
    if source.text and not source.text.endswith("\n"):
        yield len(source.lines), "no newline at the end"


def strict_scripts(source):
    """A shell script may be run and stops at the first failure."""
    if not source.path.endswith(".sh") and source.path != ".ci/run":
        return
    if not source.executable:
        yield 1, "is not executable: chmod +x"
    if not source.text.startswith("#!/usr/bin/env bash\n"):
        yield 1, "must begin with #!/usr/bin/env bash"
    if "set -euo pipefail" not in source.lines[:40]:
        yield 1, "must say 'set -euo pipefail' within its first 40 lines"


def test_is_registered(source, registered):
    """Every C++ test is compiled into a test program. `registered` are the folders under tests/
    that tests/CMakeLists.txt gives to tangram_test()."""
    if not source.path.startswith("tests/") or not source.path.endswith(".cc"):
        return
    within = pathlib.PurePosixPath(source.path).relative_to("tests")
    if source.path.endswith("_test.cc"):
        if not any(within.is_relative_to(folder) for folder in registered):
            yield 1, f"no tangram_test() in tests/CMakeLists.txt covers '{within.parent}'"
    elif within.parts[0] not in ("support", "fuzz"):
        yield 1, "is compiled by nothing: name it *_test.cc, or put it into tests/support/"
    elif re.search(r"^TEST(?:_[FP])?\(", source.text, re.MULTILINE):
        yield 1, "has tests but is not named *_test.cc"


def registered_folders(cmake_text):
    """Returns the folders that tests/CMakeLists.txt registers."""
    return re.findall(r"^\s*tangram_test\(([\w/.-]+)", cmake_text, re.MULTILINE)


RULES = (
    layering,
    no_exceptions_inside,
    no_world_inside,
    no_absl_locks,
    short_functions,
    short_files,
    file_comment,
    include_guard,
    no_left_overs,
    speaks_of_itself,
    clean_lines,
    strict_scripts,
)
