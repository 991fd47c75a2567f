"""All C++ is formatted as .clang-format says, by the clang-format that Debian 12 has."""

import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import source_tree  # noqa: E402

TOOL = "clang-format-14"


class FormatTest(unittest.TestCase):
    """The formatter would change nothing."""

    def test_every_cpp_file_is_formatted(self):
        self.assertTrue(
            shutil.which(TOOL),
            f"{TOOL} is missing; scripts/install-dependencies.sh --test installs it",
        )
        names = [name for name in source_tree.paths() if name.endswith((".cc", ".h"))]
        self.assertTrue(names, "no C++ file was found")
        done = subprocess.run(
            [TOOL, "--dry-run", "-Werror", *names],
            cwd=source_tree.ROOT, capture_output=True, text=True, check=False,
        )
        places = [line.split(":")[0] for line in done.stderr.splitlines() if ": error" in line]
        findings = [f"{name} in {places.count(name)} places" for name in sorted(set(places))]
        self.assertEqual(
            done.returncode, 0,
            f"\n{TOOL} -i would change:\n" + ("\n".join(findings) or done.stderr),
        )

    def test_a_badly_formatted_file_is_refused(self):
        done = subprocess.run(
            [TOOL, "--dry-run", "-Werror", "--assume-filename=model/x.cc"],
            cwd=source_tree.ROOT, input="int  x ;\n", capture_output=True, text=True, check=False,
        )
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
