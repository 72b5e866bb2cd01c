"""tests/arch/structure_test.py - the structure of server/, read from its text.

Floors (docs/architecture.md draws them), one home for each third-party
header, the rules that grep can see, and the shape of files and folders.

SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop() if len(sys.argv) > 1 else ".").resolve()
SERVER = ROOT / "server"
SOURCES = sorted(SERVER.glob("*/*.[ch]")) + sorted(SERVER.glob("*/*.def"))

# What a library's headers are called, and the files that may include them
# (house style: third-party headers stay in one file, or in the few files
# that a folder's README names).
HOMES = {
    r"opus/": {"dsp/opus.c", "dsp/opus.h"},
    r"spandsp": {"dsp/g722.c", "dsp/dtmf.c", "dsp/conceal.c"},
    r"sndfile\.h": {"dsp/sound.c", "dsp/recorder.c"},
    r"sofia-sip/": re.compile(r"trunk/(sofia\w*|tls_\w+|source_filter)\.[ch]"),
    r"microhttpd\.h": {"http/mhd.c", "http/mhd_daemon.c"},
    r"wslay/": {"http/websocket.c"},
    r"curl/": {"http/client.c"},
    r"jansson\.h": re.compile(r"wire/json\.c|secure/jwt\w*\.[ch]|identity/\w+\.[ch]|synthetic/\w+\.[ch]"),
    r"zlib\.h": {"api/files.c"},
    r"cjose/": re.compile(r"secure/jwt\w*\.[ch]|secure/jwk\w*\.[ch]"),
    r"sqlite3\.h": re.compile(r"store/sqlite\w*\.[ch]"),
    r"yaml\.h": {"app/settings.c"},
    r"pb(_\w+)?\.h": re.compile(r"wire/frame\w*\.[ch]"),
}


def floors():
    """Folder -> floor, from the picture in docs/architecture.md."""
    text = (ROOT / "docs/architecture.md").read_text()
    picture = re.search(r"```floors\n(.*?)```", text, re.S).group(1)
    found, floor = {}, None
    for line in picture.splitlines():
        m = re.match(r" *(\d)? +([a-z]+) ", line + " ")
        if not m:
            continue
        floor = int(m.group(1)) if m.group(1) else floor
        found[m.group(2)] = floor
    return found


def name(path):
    return path.relative_to(SERVER).as_posix()


def without_comments(text):
    return re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', lambda m: "" if m.group().startswith("/*") else '""', text, flags=re.S)


class Structure(unittest.TestCase):
    def test_every_folder_stands_on_lower_floors_only(self):
        floor = floors()
        wrong = []
        for path in SOURCES:
            here = path.parent.name
            self.assertIn(here, floor, "docs/architecture.md does not draw it")
            for target in re.findall(r'#include "(\w+)/', path.read_text()):
                if target in floor and target != here and floor[target] >= floor[here]:
                    wrong.append(f"{name(path)} includes {target} (floor {floor[target]} from {floor[here]})")
        self.assertEqual(wrong, [])

    def test_a_library_has_one_home(self):
        wrong = []
        for path in SOURCES:
            for header in re.findall(r"#include <([^>]+)>", path.read_text()):
                for pattern, home in HOMES.items():
                    if not re.match(pattern, header):
                        continue
                    ok = home.fullmatch(name(path)) if hasattr(home, "fullmatch") else name(path) in home
                    if not ok:
                        wrong.append(f"{name(path)} includes <{header}>")
        self.assertEqual(wrong, [])

    def test_only_base_mem_allocates(self):
        calls = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|strdup|strndup|asprintf|free)\s*\(")
        wrong = [f"{name(p)}: {m.group(1)}" for p in SOURCES if name(p) != "base/mem.c"
                 for m in calls.finditer(without_comments(p.read_text()))]
        self.assertEqual(wrong, [])

    def test_no_forbidden_call(self):
        calls = re.compile(r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|gets|system|popen|alloca|strtok|rand|srand)\s*\(")
        wrong = [f"{name(p)}: {m.group(1)}" for p in SOURCES
                 for m in calls.finditer(without_comments(p.read_text()))]
        self.assertEqual(wrong, [])

    def test_statements_are_constant(self):
        """T26: no SQL is built at run time."""
        for path in SERVER.glob("store/*.c"):
            self.assertNotRegex(without_comments(path.read_text()), r"sqlite3_(mprintf|snprintf)")

    def test_every_file_says_what_it_is(self):
        wrong = []
        for path in SOURCES:
            text = path.read_text()
            if not text.startswith(f"/* {name(path)} - ") or "SPDX-License-Identifier: Apache-2.0" not in text[:1500]:
                wrong.append(name(path))
        self.assertEqual(wrong, [])

    def test_every_folder_has_a_short_readme(self):
        for folder in sorted({p.parent for p in SOURCES}):
            readme = folder / "README.md"
            self.assertTrue(readme.exists(), f"{folder.name}/README.md is missing")
            self.assertLessEqual(len(readme.read_text().splitlines()), 40, folder.name)

    def test_headers_are_guarded(self):
        for path in SERVER.glob("*/*.h"):
            self.assertIn("#pragma once", path.read_text(), name(path))


if __name__ == "__main__":
    unittest.main(verbosity=1)
