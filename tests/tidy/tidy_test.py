"""Runs every rule of rules.py over the whole tree. Needs Python's standard library only:

    python3 -m unittest discover --start-directory tests/tidy --pattern '*_test.py'
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import rules  # noqa: E402
import source_tree  # noqa: E402


class TidyTest(unittest.TestCase):
    """The tree keeps the house rules."""

    @classmethod
    def setUpClass(cls):
        cls.sources = source_tree.read_all()

    def assert_none(self, findings):
        if findings:
            self.fail(f"{len(findings)} findings\n" + "\n".join(findings))

    def test_the_whole_tree_is_seen(self):
        seen = {source.path for source in self.sources}
        here = pathlib.Path(__file__).resolve().relative_to(source_tree.ROOT).as_posix()
        self.assertLessEqual({here, "CMakeLists.txt", "scripts/test.sh", ".ci/run"}, seen)
        for folder in ("model/", "scheduler/", "api/"):
            self.assertTrue(any(path.startswith(folder) for path in seen), folder)

    def test_every_rule_holds(self):
        for rule in rules.RULES:
            with self.subTest(rule.__name__):
                self.assert_none([
                    f"{source.path}:{line}: {message}"
                    for source in self.sources
                    for line, message in rule(source)
                ])

    def test_every_test_file_is_registered(self):
        cmake = (source_tree.ROOT / "tests" / "CMakeLists.txt").read_text(encoding="utf-8")
        registered = rules.registered_folders(cmake)
        self.assertTrue(registered, "tests/CMakeLists.txt registers nothing")
        self.assert_none([
            f"{source.path}:{line}: {message}"
            for source in self.sources
            for line, message in rules.test_is_registered(source, registered)
        ])


if __name__ == "__main__":
    unittest.main()
