"""Whose file is whose: what learning management systems write into paths.

    kim.ipynb, kim/anything.ipynb                          a file or folder per student
    kimminsu_LATE_12345_67890_x.ipynb                      Canvas; also for text, links:
    kimminsu_12345_text.html, LATE_anon_Ab3dE_678_x.ipynb  … and for anonymous grading
    김민수_12345_assignsubmission_file_/x.ipynb            Moodle (or all in one name)
    Lab 4_kimm_attempt_2026-11-27-09-30-00_x.ipynb         Blackboard, a .txt beside it
    Kim_Minsu_kimm_12345/x.ipynb, Team 3/Kim_…             ILIAS
    김민수 - 04 (1).ipynb                                  Google Classroom, Drive

Sources: instructure/canvas-lms lib/content_zipper.rb, moodle mod/assign/classes/
downloader.php, ILIAS class.ilExSubmission.php; Blackboard's are the names of downloads.

What is below a folder or behind a prefix that an LMS wrote, students choose: of several
names in a path, the first counts. Where a path can be read in two ways, the owner has a
doubt, and an instructor decides.
"""

import io
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from layer_by_layer.course import CourseError
from layer_by_layer.grade.notes import Unreadable
from layer_by_layer.grade.unpack import LARGEST_ZIP, File, files_in_zip
from layer_by_layer.words import words_of


def said(what: str) -> str:
    """A pattern for what something is called, in any language."""
    return "|".join(words[what] for words in words_of("files").values())


ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<name>anon_(?P<id>[A-Za-z0-9]+))_"
    r"(?:(?P<upload>\d{1,20})_(?P<file>.+)|(?:text|link)\.html)"
)
CANVAS = re.compile(
    r"(?P<name>.*?)_(?P<late>LATE_)?(?P<id>\d+)_"
    r"(?:(?P<upload>\d{1,20})_(?P<file>.+)|(?:text|link)\.html)"
)
MOODLE = re.compile(
    r"(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+(?:_(?P<file>.*))?"
)
BLACKBOARD = re.compile(
    r"(?P<head>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})"
    r"(?:_(?P<file>.+)|(?P<text>\.txt))"
)
ILIAS = re.compile(r"(?P<last>[^_]+)_(?P<first>[^_]+)_(?P<login>.+)_(?P<id>\d+)")
TEAM = re.compile(rf"({said('team')}) ?\d+")
ILIAS_LATE = re.compile(r"(Late Submission|Versp(ä|ae)tete Abgabe) - ")
CLASSROOM = re.compile(r"(?P<left>\S.*?) - (?P<right>\S.*)")
NAME_IN_TEXT = re.compile(r"\s*Name: .*\((?P<login>[^()\n]+)\)\s*\n")
EXTENSION = re.compile(
    r"(\.(ipynb|json|py|pdf|docx?|hwpx?|odt|pages|zip|rar|7z|egg|alz|tar|gz|html?|txt|"
    r"md|url|webloc|png|jpe?g|heic|gif)|(?<=\.ipynb).*)$",
    re.I,
)
COPY = re.compile(  # what programs add to the name of a copy
    rf"^({said('copy_of')}) +|({said('is_copy')}| - ({said('copy')}))( ?\d+)?$"
    r"|[ _]*\(\d+\)$",
    re.I,
)
NOBODY = re.compile(  # names that are nobody's
    rf"({said('nobody')})?[ _.\-]*\d{{0,3}}({said('week')})?", re.I
)
LONGEST = 300  # characters of a name that is looked at closely
APART = re.compile(r"[ _.\-(]")  # what may stand between a name and an addition


@dataclass(frozen=True)
class Owner:
    """Who handed in a file, and when, as far as its path says."""

    student: str
    numbers: tuple[tuple[str, str], ...] = ()  # by which an LMS knows the student
    late: bool = False
    order: int = 0  # of several uploads
    time: datetime | None = None  # when it was handed in
    doubt: str = ""  # why it is not certain: a note in words/*.yml, `doubts`

    @property
    def key(self) -> tuple:
        return self.student, self.numbers

    @property
    def number(self) -> str:
        return self.numbers[-1][1] if self.numbers else ""


Entry = tuple[File, tuple[str, ...]]  # a file, and the part of its path yet to read


def owners(files: list[File], titles: Collection[str]) -> list[tuple[File, Owner]]:
    """The files of a class with their owners. `titles` are names of the course's pages.

    The text that Blackboard writes beside a file is left out.
    """
    names = Names(titles)
    files = [part for file in files for part in expanded(file, names)]
    return list(names.divided([(file, tuple(file.path.split("/"))) for file in files]))


def expanded(file: File, names: "Names") -> list[File]:
    """The files in a zip file that an LMS made, which lies beside others."""
    is_zip = file.path.lower().endswith(".zip") and "/" not in file.path
    if not is_zip or lms_owner(file.path):
        return [file]
    try:
        inner = list(files_in_zip(io.BytesIO(file.read(LARGEST_ZIP)), file.path))
    except (Unreadable, CourseError):
        return [file]
    inner = [replace(each, path=f"{file.path}/{each.path}") for each in inner]
    entries = [(each, tuple(each.path.split("/"))[1:]) for each in inner]
    return inner if names.is_group(file.path, entries) else [file]


def lms_owner(name: str) -> Owner | None:
    """The owner that the name of a file or folder tells, if an LMS wrote it."""
    if found := MOODLE.fullmatch(name):
        number = (("participant", found["id"]),) if found["id"] else ()
        return Owner(found["name"], number)
    if found := BLACKBOARD.fullmatch(name):
        with suppress(ValueError):  # no day has the number 99
            time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S").astimezone()
            return Owner(found["head"], (("login", found["head"]),), time=time)
        return None
    if found := ANONYMOUS.fullmatch(name):
        numbers = (("anonymous", found["id"]),)
    elif found := CANVAS.fullmatch(name):
        numbers = (("canvas", found["id"]),)
    else:
        return None
    upload = found["upload"] or "0"
    doubt = "either" if numbers[0][0] == "canvas" and two_ways(found) else ""
    student = found["name"] or found["id"]
    return Owner(student, numbers, bool(found["late"]), int(upload), doubt=doubt)


def two_ways(canvas: re.Match) -> bool:
    """Whether a name's end may be the number of the user: kim_12_3456_789_x.ipynb.

    Students number files, too, but the number of an upload is longer than those.
    """
    again = re.match(r"([1-9]\d*)_.", canvas["file"] or "")
    return bool(again and len(again[1]) >= len(canvas["upload"]))


class Names:
    """Reads paths of one course."""

    def __init__(self, titles: Collection[str]):
        self.titles = {title.casefold() for title in titles}

    # -------------------------------------------------------- plain names

    def plain(self, name: str) -> str:
        """A name without extension, and without what programs add to copies."""
        before, stem = None, name.strip()
        if len(stem) > LONGEST:
            return stem.partition(".ipynb")[0]
        while stem != before:
            before = stem
            stem = COPY.sub("", EXTENSION.sub("", stem)).strip() or before
        return stem

    def nobodys(self, name: str) -> bool:
        """Whether a name says nothing about who: Untitled0, 04, 03-dense-softmax."""
        stem = self.plain(name)
        return bool(NOBODY.fullmatch(stem)) or stem.casefold() in self.titles

    # -------------------------------------------------------- folders

    def divided(self, entries: list[Entry]) -> Iterator[tuple[File, Owner]]:
        """Files of one folder, and their owners."""
        entries, above = self.without_common(entries)
        folders = defaultdict(list)
        loose = []
        for file, parts in entries:
            if len(parts) == 1:
                loose.append((file, parts[0]))
            else:
                folders[parts[0]].append((file, parts[1:]))
        if above and self.is_ones_own(loose, folders):
            for file, _ in entries:
                yield file, above
            return
        groups = {n: inner for n, inner in folders.items() if self.is_group(n, inner)}
        mixed = False
        for name, inner in folders.items():
            if name not in groups:
                owner = self.folder_owner(name, folders)
                mixed = mixed or not owner.numbers
                yield from late_in(inner, owner)
        for inner in groups.values():
            for file, owner in self.divided(inner):
                unsure = mixed and not owner.doubt
                yield file, replace(owner, doubt="mixed") if unsure else owner
        yield from self.loose(loose)

    def is_ones_own(self, loose: list, folders: dict[str, list[Entry]]) -> bool:
        """Whether the files of a folder, by their names, are all of one student."""
        deeper = (parts[-1] for inner in folders.values() for _, parts in inner)
        notebooks = any(".ipynb" in name.lower() for name in deeper)
        alone = len(loose) == 1 and not folders and not lms_owner(loose[0][1])
        nobodys = loose and all(self.nobodys(name) for _, name in loose)
        return alone or (bool(nobodys) and not notebooks)

    def without_common(self, entries: list[Entry]) -> tuple[list[Entry], Owner | None]:
        """Entries without the folders that all are in; whose the innermost may be."""
        above = []
        while len({parts[0] for _, parts in entries}) == 1:
            first = entries[0][1][0]
            if any(len(parts) == 1 for _, parts in entries):
                break
            if lms_owner(first) or ILIAS.fullmatch(first):
                break
            above.append(first)
            entries = [(file, parts[1:]) for file, parts in entries]
        telling = [self.plain(name) for name in above if not self.nobodys(name)]
        if not telling:
            return entries, None
        said = {*telling}
        if len(entries) == 1 and not self.nobodys(entries[0][1][0]):
            said.add(self.plain(entries[0][1][0]))
        return entries, Owner(telling[-1], doubt="folders" if len(said) > 1 else "")

    def folder_owner(self, name: str, beside: Collection[str]) -> Owner:
        if owner := lms_owner(name):
            return owner
        found = ILIAS.fullmatch(name)
        if found and all(ILIAS.fullmatch(n) or TEAM.fullmatch(n) for n in beside):
            numbers = (("ilias", found["id"]), ("login", found["login"]))
            return Owner(f"{found['first']} {found['last']}", numbers)
        return Owner(self.plain(name))

    def is_group(self, name: str, inner: list[Entry]) -> bool:
        """Whether a folder holds files of several students, by their names.

        An LMS wrote those, or the folder's own name is nobody's.
        """
        if lms_owner(name) or ILIAS.fullmatch(name):
            return False
        if self.nobodys(name) and not self.plain(name).isdecimal():
            return True
        found = {lms_owner(parts[0]) for _, parts in inner}
        pairs = [CLASSROOM.fullmatch(self.plain(parts[0])) for _, parts in inner]
        people = {pair["left"] for pair in pairs if pair} if all(pairs) else ()
        folders = defaultdict(list)
        for file, parts in inner:
            if len(parts) > 1:
                folders[parts[0]].append((file, parts[1:]))
        several = len(folders) > 1 or TEAM.fullmatch(name)
        return bool(
            len({owner.key for owner in found if owner}) > 1
            or len(people) > 1
            or any(MOODLE.fullmatch(each) for each in folders)
            or (several and all(ILIAS.fullmatch(parts[0]) for _, parts in inner))
            or any(
                self.is_group(n, i) for n, i in folders.items() if not self.nobodys(n)
            )
        )

    # -------------------------------------------------------- files

    def loose(self, files: list[tuple[File, str]]) -> Iterator[tuple[File, Owner]]:
        """Files in a folder of many students, and their owners by their names."""
        attempts = [(file, BLACKBOARD.fullmatch(name)) for file, name in files]
        logins = logins_of([(file, found) for file, found in attempts if found])
        pairs = [CLASSROOM.fullmatch(self.plain(name)) for _, name in files]
        titles = [pair["left"] for pair in pairs if pair]
        title_first = len(titles) > 1 and len(set(titles)) == 1
        attached = {(m["head"], m["time"]) for _, m in attempts if m and m["file"]}
        stems = {self.plain(name) for _, name in files}
        numbered = sum(stem.isdecimal() for stem in stems) > 1  # students by numbers
        for (file, found), (_, name), pair in zip(attempts, files, pairs, strict=True):
            owner = lms_owner(name)
            if owner and found:
                attempt = found["head"], found["time"]
                if found["file"] or attempt not in attached:
                    numbers = (("login", logins[attempt]),)
                    yield file, replace(owner, student=logins[attempt], numbers=numbers)
            elif owner:
                yield file, owner
            elif pair:
                title_left = title_first or self.nobodys(pair["left"])
                yield file, Owner(pair["right" if title_left else "left"])
            elif self.nobodys(name) and not (numbered and self.plain(name).isdecimal()):
                yield file, Owner(EXTENSION.sub("", name), doubt="nobody")
            else:
                yield file, Owner(self.plain(name))


def late_in(inner: Iterable[Entry], owner: Owner) -> Iterator[tuple[File, Owner]]:
    """Files of one student's folder. ILIAS says in their names that they are late."""
    for file, parts in inner:
        late = dict(owner.numbers).get("ilias") and ILIAS_LATE.match(parts[-1])
        yield file, replace(owner, late=bool(late)) if late else owner


def logins_of(found: list[tuple[File, re.Match]]) -> dict[tuple[str, str], str]:
    """Who made each of Blackboard's attempts, by the begin of their names and the time.

    The text beside says so; else it is what follows what all names have in common.
    """
    heads = [match["head"].split("_") for _, match in found]
    shortest = min(map(len, heads), default=1)
    common = 0
    while common < shortest - 1 and len({head[common] for head in heads}) == 1:
        common += 1
    logins = {}
    for (_, match), head in zip(found, heads, strict=True):
        alone = all(each == head for each in heads)
        login = head[-1] if alone else "_".join(head[common:])
        logins[match["head"], match["time"]] = login
    for file, match in found:
        if match["text"]:
            try:
                text = file.read()[:2000].decode("utf-8-sig", "replace")
            except Unreadable:
                continue
            said = NAME_IN_TEXT.match(text)
            if said and match["head"].endswith("_" + said["login"]):
                logins[match["head"], match["time"]] = said["login"]
    return logins
