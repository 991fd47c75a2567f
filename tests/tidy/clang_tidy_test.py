"""scripts/clang_tidy.py looks again at whatever could have changed, and only at that."""

import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import source_tree  # noqa: E402


def load(root):
    """Returns a fresh copy of the script that works on the tree at `root`."""
    path = source_tree.ROOT / "scripts" / "clang_tidy.py"
    spec = importlib.util.spec_from_file_location("clang_tidy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT = pathlib.Path(root)
    return module


def write(root, **files):
    """Writes files; in a name, two underscores stand for a slash and one for a dot."""
    for name, text in files.items():
        path = pathlib.Path(root) / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class ClangTidyTest(unittest.TestCase):
    """Each test works on a small tree of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.make(self.root)

    def make(self, root):
        write(
            root,
            model__a_h='#include "model/b.h"\n',
            model__b_h="#include <vector>\n",
            model__a_cc='#include "model/a.h"\n#include "gtest/gtest.h"\n',
            model__c_cc="int c;\n",
        )
        (pathlib.Path(root) / ".clang-tidy").write_text("Checks: '-*'\n", encoding="utf-8")

    def digest(self, name="model/a.cc", root=None, command=None, version="14"):
        script = load(root or self.root)
        command = command or f"clang++ -I{root or self.root} -c {name}"
        return script.digest_of(name, command, version, script.Headers())

    def test_headers_are_followed(self):
        headers = load(self.root).Headers()
        self.assertEqual(headers.closure("model/a.cc"), ["model/a.cc", "model/a.h", "model/b.h"])

    def test_headers_that_include_each_other_end(self):
        write(self.root, model__b_h='#include "model/a.h"\n')
        headers = load(self.root).Headers()
        self.assertEqual(headers.closure("model/a.h"), ["model/a.h", "model/b.h"])

    def test_a_clean_result_holds_in_another_checkout(self):
        before = self.digest()
        with tempfile.TemporaryDirectory() as other:
            self.make(other)
            self.assertEqual(self.digest(root=other), before)

    def test_a_clean_result_ends_with_whatever_went_into_it(self):
        before, other = self.digest(), self.digest("model/c.cc")
        self.assertNotEqual(self.digest(version="15"), before)
        self.assertNotEqual(self.digest(command="clang++ -DX"), before)
        write(self.root, model__b_h="#include <map>\n")
        self.assertNotEqual(self.digest(), before)
        self.assertEqual(self.digest("model/c.cc"), other)
        (pathlib.Path(self.root) / ".clang-tidy").write_text("Checks: '*'\n", encoding="utf-8")
        self.assertNotEqual(self.digest("model/c.cc"), other)


if __name__ == "__main__":
    unittest.main()
