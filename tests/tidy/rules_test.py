"""Shows each tidy rule biting on a bad text and leaving a good one alone."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cpp_text  # noqa: E402
import rules  # noqa: E402
from source_tree import Source  # noqa: E402


def lines_of(rule, path, text, **fields):
    """Returns the numbers of the lines that `rule` finds fault with."""
    return [line for line, _ in rule(Source(path, text, **fields))]


def function_of(lines, head="void F(int a)"):
    """Returns a C++ function of this many lines in all."""
    return head + " {\n" + "  g();\n" * (lines - 2) + "}\n"


class RuleTest(unittest.TestCase):
    """Table-driven: (path, text, lines with a finding)."""

    def check(self, rule, *cases, **fields):
        for path, text, expected in cases:
            with self.subTest(path=path, text=text[:80]):
                self.assertEqual(lines_of(rule, path, text, **fields), expected)

    def test_layering(self):
        self.check(
            rules.layering,
            ("model/a.cc", '#include "model/b.h"\n#include "scheduler/fit.h"\n', [2]),
            ("model/a.h", '#include "api/http/server.h"\n', [1]),
            ("scheduler/a.cc", '#include "model/b.h"\n#include "api/cli/x.h"\n', [2]),
            ("scheduler/policies/a.cc", "#include <simdjson.h>\n", [1]),
            ("model/a.cc", "#include <boost/asio.hpp>\n#include <vector>\n", [1]),
            ("scheduler/a.cc", "#include <nlohmann/json.hpp>\n", [1]),
            ("model/a.cc", "#  include <spdlog/spdlog.h>\n", [1]),
            ("scheduler/a.h", "#include <yaml-cpp/yaml.h>\n", [1]),
            ("model/a.h", "#include <httplib.h>\n", [1]),
            ("model/a.cc", "#include <absl/status/status.h>\n", []),
            ("model/a.cc", '// #include "api/x.h"\n', []),
            ("model/a.cc", '#include "../model/b.h"\n', [1]),
        )

    def test_heavy_libraries_have_one_home(self):
        self.check(
            rules.layering,
            ("api/http/server.cc", "#include <boost/beast.hpp>\n", []),
            ("api/extender/codec.cc", "#include <boost/beast.hpp>\n", [1]),
            ("scheduler/simulation/a.cc", "#include <boost/math/distributions.hpp>\n", []),
            ("scheduler/simulation/a.cc", "#include <boost/asio.hpp>\n", [1]),
            ("scheduler/fit.cc", "#include <boost/math/distributions.hpp>\n", [1]),
            ("tests/api/http/server_test.cc", "#include <boost/beast.hpp>\n", [1]),
            ("api/kubernetes/client.cc", "#include <httplib.h>\n", []),
            ("api/cli/submit.cc", "#include <httplib.h>\n", []),
            ("tests/api/http/server_test.cc", "#include <httplib.h>\n", []),
            ("api/http/server.cc", "#include <httplib.h>\n", [1]),
            ("api/http/server.cc", '#include "api/cli/flags.h"\n', [1]),
        )

    def test_no_exceptions_inside(self):
        self.check(
            rules.no_exceptions_inside,
            ("model/a.cc", "int F() {\n  throw 1;\n}\n", [2]),
            ("scheduler/a.cc", "try {\n} catch (...) {\n}\n", [1, 2]),
            ("model/a.cc", '// We try again.\nchar c[] = "throw";\n', []),
            ("model/a.cc", "bool try_again = false;\n", []),
            ("api/http/a.cc", "throw 1;\n", []),
        )

    def test_no_world_inside(self):
        self.check(
            rules.no_world_inside,
            ("scheduler/a.cc", "auto t = std::chrono::steady_clock::now();\n", [1]),
            ("model/a.cc", "std::random_device seed;\n", [1]),
            ("model/a.cc", "std::cerr << 1;\nint operand(int x);\n", [1]),
            ("api/cli/a.cc", "std::cout << 1;\n", []),
        )

    def test_no_absl_locks(self):
        self.check(
            rules.no_absl_locks,
            ("api/a.cc", "absl::Mutex m;\n", [1]),
            ("tests/a.cc", "absl::MutexLock lock(&m);\nabsl::Notification n;\n", [1, 2]),
            ("model/a.h", "absl::CondVar c;\n", [1]),
            ("api/a.cc", '#include "absl/synchronization/mutex.h"\n', [1]),
            ("api/a.cc", "// absl::Mutex is not used here.\nabsl::Status s;\n", []),
        )

    def test_short_functions(self):
        limit = rules.MAX_FUNCTION_LINES
        self.check(
            rules.short_functions,
            ("model/a.cc", function_of(limit), []),
            ("model/a.cc", "\n\n" + function_of(limit + 1), [3]),
            ("tests/a_test.cc", function_of(limit + 1, "TEST(A, B)"), [1]),
            ("model/a.cc", "namespace n {\nclass C {\n" + function_of(limit + 1) + "};\n}\n", [3]),
            ("model/a.cc", function_of(limit + 1, "C::C(int a) : a_(a), b_{a}, c_{{1, 2}}"), [1]),
            ("model/a.cc", function_of(limit + 1, "int F(X x = {}, Y y = Y{1}) const"), [1]),
            ("model/a.cc", "struct S {\n" + "  int a = 0;\n" * 90 + "};\n", []),
            ("model/a.cc", "const T kTable[] = {\n" + "  {F(1), 2},\n" * 90 + "};\n", []),
            ("model/a.cc", function_of(9) * 20, []),
            ("model/a.cc", function_of(40, "template <class T>\nauto F(T t) -> T") * 3, []),
            ("model/a.cc", "void F() {\n" + 'g("}");  // }\n' * 80 + "}\n", [1]),
            ("tests/a.py", "def f():\n" + "    g()\n" * limit, [1]),
            ("tests/a.py", "class C:\n    def f(self):\n" + "        g()\n" * (limit - 1), []),
        )

    def test_functions_are_found_where_they_are(self):
        text = (
            "// A file.\n"
            "#define M(x) \\\n  if (x) { \\\n  }\n"
            "namespace a::b {\n"
            "constexpr long kBig = 1'000'000;\n"
            "const char kJson[] = R\"({ ( \")\";\n"
            "enum class E : int { kA, kB };\n"
            "int F(int a) {\n"
            "  for (int i = 0; i < a; ++i) {\n"
            "  }\n"
            "  return [](int b) { return b; }(a);\n"
            "}\n"
            "class C {\n"
            " public:\n"
            "  C() : x_{1} {}\n"
            "  int x() const { return x_; }\n"
            "  int x_ = {};\n"
            "};\n"
            "bool operator==(const C& l, const C& r) {\n"
            "  return true;\n"
            "}\n"
            "}  // namespace a::b\n"
        )
        found = [(first, last) for first, last, _ in cpp_text.functions(text)]
        self.assertEqual(found, [(9, 13), (16, 16), (17, 17), (20, 22)])

    def test_short_files(self):
        self.check(
            rules.short_files,
            ("model/a.cc", "int a;\n" * rules.MAX_FILE_LINES, []),
            ("model/a.cc", "int a;\n" * (rules.MAX_FILE_LINES + 1), [1]),
            ("go.sum", "x\n" * 2000, []),
        )

    def test_file_comment(self):
        self.check(
            rules.file_comment,
            ("model/a.h", "// What a is.\n", []),
            ("model/a.h", "#ifndef MODEL_A_H_\n", [1]),
            ("model/a.cc", '#include "model/a.h"\n', []),
            ("tests/model/a_test.cc", '#include "model/a.h"\n', []),
            ("model/a.cc", '#include "model/b.h"\n', [1]),
            ("a.py", '"""What a is."""\n', []),
            ("a.py", '#!/usr/bin/env python3\n"""What a is."""\n', []),
            ("a.py", "import os\n", [1]),
            ("a.py", "", []),
            ("a.sh", "#!/usr/bin/env bash\n# What a is.\n", []),
            ("a.sh", "#!/usr/bin/env bash\nset -euo pipefail\n", [1]),
        )

    def test_include_guard(self):
        guard = "API_HTTP_A_B_H_"
        good = f"// A.\n#ifndef {guard}\n#define {guard}\n\n#endif  // {guard}\n"
        self.check(
            rules.include_guard,
            ("api/http/a_b.h", good, []),
            ("api/http/other.h", good, [1, 6]),
            ("api/http/a_b.h", good.replace("#endif  // API_HTTP_A_B_H_", "#endif"), [6]),
            ("api/http/a_b.h", good.replace("#define API_HTTP_A_B_H_", "#define A"), [1]),
            ("api/http/a_b.h", "// A.\n#pragma once\n", [1, 3]),
        )

    def test_no_left_overs(self):
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"):
            self.check(
                rules.no_left_overs,
                ("model/a.cc", f"int a;  // {word}: later\n", [1]),
                ("README.md", f"\n{word}\n", [2]),
            )
        self.check(rules.no_left_overs, ("a.sh", "mktemp -d a.XXXXXX\n", []))

    def test_speaks_of_itself(self):
        self.check(
            rules.speaks_of_itself,
            ("model/a.cc", "// See /work/main.\n", [1]),
            ("README.md", "See shared/spec/x.md.\n", [1]),
            ("README.md", "fetched from pypi.org\n", [1]),
            ("README.md", "this workplace\n", [1]),
            ("README.md", "an earlier agent session\n", [1]),
            ("api/a.cc", "// A TLS session may be resumed; this session is over.\n", []),
            ("api/a.cc", "// kubelet: /var/lib/work/pods, shared/specimen\n", []),
        )

    def test_clean_lines(self):
        long_line = "int a = " + "1" * 100 + ";\n"
        self.check(
            rules.clean_lines,
            ("model/a.cc", "int a; \nint b;\n", [1]),
            ("model/a.cc", "\tint a;\n", [1]),
            ("model/a.cc", "int a;\r\n", [1]),
            ("model/a.cc", "int a;", [1]),
            ("model/a.cc", long_line, [1]),
            ("a.py", long_line, [1]),
            ("model/a.cc", 'auto a = R"(\n' + long_line + ')";\n', []),
            ("model/a.cc", "// https://example.org/" + "a" * 100 + "\n", []),
            ("README.md", long_line, []),
            ("tests/api/golden/a.json", long_line + " \n\t\n", []),
            ("tests/e2e/control-plane/go.mod", "\tgo.etcd.io/etcd\n", []),
        )

    def test_strict_scripts(self):
        good = "#!/usr/bin/env bash\n# A.\nset -euo pipefail\n"
        self.check(
            rules.strict_scripts,
            ("scripts/a.sh", good, []),
            (".ci/run", good, []),
            (".ci/run", good.replace("-euo", "-e"), [1]),
            ("scripts/a.sh", good.replace("#!/usr/bin/env bash", "#!/bin/sh"), [1]),
            ("scripts/a.py", "", []),
            executable=True,
        )
        self.check(rules.strict_scripts, ("scripts/a.sh", good, [1]), executable=False)

    def test_test_is_registered(self):
        cmake = "function(tangram_test folder)\ntangram_test(model x)\n  tangram_test(api/http y)\n"
        registered = rules.registered_folders(cmake)
        self.assertEqual(registered, ["model", "api/http"])

        def check(source):
            return rules.test_is_registered(source, registered)

        self.check(
            check,
            ("tests/model/a_test.cc", "", []),
            ("tests/api/http/deep/a_test.cc", "", []),
            ("tests/api/hami/a_test.cc", "", [1]),
            ("tests/modelling/a_test.cc", "", [1]),
            ("tests/model/a_tests.cc", "", [1]),
            ("tests/support/builders.cc", "int a;\n", []),
            ("tests/support/builders.cc", "TEST_F(A, B) {\n}\n", [1]),
            ("model/a.cc", "", []),
        )

    def test_every_rule_is_shown_here(self):
        shown = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        self.assertLessEqual({rule.__name__ for rule in rules.RULES}, shown)


if __name__ == "__main__":
    unittest.main()
