import re

import pytest

from tutelage.core.protection.patterns import COMMON, FRAMEWORKS, LITERALS
from tutelage.core.protection.spans import Protection, find_placeholders, find_protected, has_words

FOUND = {
    "printf": [
        ("Hello %s, you are %d", ["%s", "%d"]),
        ("%-5.2f or %05d or %'d or %Lf or %lld", ["%-5.2f", "%05d", "%'d", "%Lf", "%lld"]),
        ("%2$s before %1$s", ["%2$s", "%1$s"]),
        ("100%% of %@ and %1$@", ["%%", "%@", "%1$@"]),
        ("%<PRIu64> bytes of %*d", ["%<PRIu64>", "%*d"]),
    ],
    "Python": [
        ("%(name)s costs %(price).2f", ["%(name)s", "%(price).2f"]),
        (
            "{0} {name} {} {x:>5} {x!r} {a[0]} {a.b} {x:{width}}",
            ["{0}", "{name}", "{}", "{x:>5}", "{x!r}", "{a[0]}", "{a.b}", "{x:{width}}"],
        ),
    ],
    ".NET": [("{0:HH:mm zzz} to {1,-10} is {2:#,##0.00}", ["{0:HH:mm zzz}", "{1,-10}", "{2:#,##0.00}"])],
    "Java": [("{0,number,integer} on {1,date,short} by {2}", ["{0,number,integer}", "{1,date,short}", "{2}"])],
    "ICU": [("{when, date, short} and {n, number}", ["{when, date, short}", "{n, number}"])],
    "Qt": [("%1 of %2 items", ["%1", "%2"]), ("%L1 and %n file(s), %Ln", ["%L1", "%n", "%Ln"])],
    "i18next": [
        ("{{count}} of {{x, number}} {{- raw}}", ["{{count}}", "{{x, number}}", "{{- raw}}"]),
        ('$t(key) and $t(other, {"count": 1})', ["$t(key)", '$t(other, {"count": 1})']),
    ],
    "Angular": [("{{ name | uppercase }} and {$INTERPOLATION}", ["{{ name | uppercase }}", "{$INTERPOLATION}"])],
    "Vue": [("{name} @:common.save @.lower:key @:(key).", ["{name}", "@:common.save", "@.lower:key", "@:(key)"])],
    "Fluent": [
        ("{ $user } of { -brand-name }", ["{ $user }", "{ -brand-name }"]),
        ("{ NUMBER($size, maximumFractionDigits: 1) }", ["{ NUMBER($size, maximumFractionDigits: 1) }"]),
    ],
    "Jinja": [
        ("{% if x %}Yes{% endif %}", ["{% if x %}", "{% endif %}"]),
        ("{{ user.name|e }} {# no #}", ["{{ user.name|e }}", "{# no #}"]),
    ],
    "React": [("<0>Open</0> <1/> of <12>", ["<0>", "</0>", "<1/>", "<12>"]), ("a <b and 1 < 2> <3", [])],
    "Ruby": [("%{count} of %<total>d", ["%{count}", "%<total>d"])],
    "shell": [("$HOME and ${HOME} and $(arch)", ["$HOME", "${HOME}", "$(arch)"])],
    "Windows": [(r"in %APPDATA% and %ProgramFiles%", ["%APPDATA%", "%ProgramFiles%"])],
    "Symfony": [
        ("%name% has %item_count%, %sLog in%s, %d%% of 5%", ["%name%", "%item_count%", "%s", "%s", "%d", "%%"])
    ],
    "boost": [("%1% of %2%", ["%1%", "%2%"])],
    "Apple": [("%1$#@files@ and %arg", ["%1$#@files@", "%arg"])],
    "strftime": [
        ("%A, %-d %B %Y at %H:%M", ["%A", "%-d", "%B", "%Y", "%H", "%M"]),
        ("Failed: %m", ["%m"]),
    ],
    "templates": [
        (
            "<%= name %> <?php echo 1 ?> <!-- x --> {{{ raw }}}",
            ["<%= name %>", "<?php echo 1 ?>", "<!-- x -->", "{{{ raw }}}"],
        ),
        ("#{user.name} @{name} { name } $NAME$", ["#{user.name}", "@{name}", "{ name }", "$NAME$"]),
    ],
    "escapes": [(r"one\ntwo\tthree \u00A0", [r"\n", r"\t", r"\u00A0"])],
    "Markdown": [
        ("See [the docs](https://a.org/x) and `rm -r`", ["[", "](https://a.org/x)"]),
        ("![A picture](a.png) of ``x`y``", ["![", "](a.png)"]),
    ],
    "HTML": [
        ('<b>x</b><br/><a href="u">', ["<b>", "</b>", "<br/>", '<a href="u">']),
        ("a &amp; b &#10; &#xA; &nbsp;", ["&amp;", "&#10;", "&#xA;", "&nbsp;"]),
    ],
    "addresses": [
        (
            "[a](https://a.org/x_(y)) https://a.org/x_(y), (https://a.org/x)",
            ["[", "](https://a.org/x_(y))", "https://a.org/x_(y)", "https://a.org/x"],
        ),
        ('[a](x.md "A title")', ["[", '](x.md "A title")']),
        ("(see https://a.org/x?y=1&z=%20).", ["https://a.org/x?y=1&z=%20"]),
        ("At www.example.org/a, write to me@host.example.org.", ["www.example.org/a", "me@host.example.org"]),
    ],
    "text": [
        ("100% sure, 5 % off, 50% off, 50%off, a < b > c, {not this}, (a) [b]", []),
        ("%50 indirim ve %5 daha", []),
        (r"\textbf{bold} and \title{x}, \newcommand{y}", []),
        (r"Use \textbf, \newline or \times.", []),
        ("50 %Y, 50 %A", []),
        ("caf&eacute; C:\\temp, it's `quoted' and `so' too", []),
        ("$5 and US$ 100, _File, &File, R&D, AT&T", []),
        ("100 % de desconto, 100 % cotton", []),
    ],
}


@pytest.mark.parametrize(("text", "expected"), [case for cases in FOUND.values() for case in cases])
def test_finds_the_placeholders_of_each_framework_in_any_text(text, expected):
    spans = find_placeholders(text)
    assert [span.text for span in spans] == expected
    assert all(text[span.start : span.end] == span.text for span in spans)


@pytest.mark.parametrize(
    ("framework", "text", "expected"),
    [
        ("c", "% d of % 5d", ["% d", "% 5d"]),
        ("c", "5 % discount, 100 % de", []),
        ("python", "%-10s|", ["%-10s"]),
        ("qt", "%2 and %10", ["%2", "%10"]),
        ("kde", "%2", ["%2"]),
        ("sh", "$1 of $@", ["$1", "$@"]),
        ("android", r"Don\'t mail a\@b\n", [r"\@", r"\n"]),
        ("latex", r"\textbf{bold} costs 5\% of $x^2$", [r"\textbf{", "}", r"\%", "$x^2$"]),
        ("markdown", "See [the docs][docs], a[0]", ["[", "][docs]"]),
        ("markdown", "[![A build][icon]][ci]", ["[", "![", "][icon]", "][ci]"]),
        ("markdown", "[![A build](b.svg)](ci)", ["[", "![", "](b.svg)", "](ci)"]),
        ("unheard-of", "%s", ["%s"]),
    ],
)
def test_a_framework_adds_what_is_text_elsewhere(framework, text, expected):
    protection = Protection(frameworks=frozenset({framework}), literals=False)
    assert [span.text for span in find_protected(text, protection)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On 2024-11-05 at 10:30, 1,234.5 of 2.0.1", ["2024-11-05", "10:30", "1,234.5", "2.0.1"]),
        ("1 of 2, 10th, 3D, UTF-8, x86_64, file10.txt", []),
        ("(2024). In 64-bit, 12% of 12.", ["2024", "64", "12", "12"]),
        ("%05d of 12", ["%05d", "12"]),
        ("`rm -r` of ``x`y``, it's `quoted' and `so' too", ["`rm -r`", "``x`y``"]),
    ],
)
def test_code_and_numbers_of_more_than_one_digit_are_protected(text, expected):
    assert [span.text for span in find_protected(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See ~/.x/y.log, /etc/apt/sources.list.", ["~/.x/y.log", "/etc/apt/sources.list"]),
        (r"in C:\Users\x or C:\\Program Files\\A", [r"C:\Users\x", r"C:\\Program Files\\A"]),
        (r"\\server\share and %APPDATA%\Code", [r"\\server\share", r"%APPDATA%\Code"]),
        ("$HOME/.config, ${XDG_HOME}/x and ~user/a", ["$HOME/.config", "${XDG_HOME}/x", "~user/a"]),
        ("Run ./configure in ../a/b, then /usr/bin/x.", ["./configure", "../a/b", "/usr/bin/x"]),
        ("(/etc/hosts) <tt>/etc/passwd</tt> /var/log/", ["/etc/hosts", "<tt>", "/etc/passwd", "</tt>", "/var/log/"]),
        ("src/main.py and .git/config", ["src/main.py", ".git/config"]),
        ("/home/%s/x.log, /tmp/{name}.txt", ["/home/", "%s", "/x.log", "/tmp/", "{name}", ".txt"]),
        ("HKEY_LOCAL_MACHINE\\Software\\A", ["HKEY_LOCAL_MACHINE\\Software\\A"]),
        ("and/or, km/h, TCP/IP. s/he, I/O, n/a, w/o, /month, GNU/Linux and client/server", []),
        ("At example.org/a, not in Node.js or e.g. this.", ["example.org/a"]),
        ("Use --dry-run with @user, #ff00aa, 0xFF, v1.2.3", ["--dry-run", "@user", "#ff00aa", "0xFF", "v1.2.3"]),
    ],
)
def test_paths_options_and_hosts_are_protected_and_slashes_between_words_are_not(text, expected):
    assert [span.text for span in find_protected(text)] == expected
    assert not {"path", "host", "option"} & {span.kind for span in find_placeholders(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%2$dd %dh %.1fs %dkB", ["%2$dd", "%dh", "%.1fs", "%dkB"]),
        ("%dth %dfiles %ss %d%s", ["%d", "%d", "%s", "%d", "%s"]),
        ("{0}MB {n}px {name}s", ["{0}MB", "{n}px", "{name}"]),
    ],
)
def test_a_unit_that_touches_its_number_is_one_span_with_it(text, expected):
    assert [span.text for span in find_protected(text)] == expected


def test_terms_are_protected_whole_and_the_longest_first():
    protection = Protection(terms=frozenset({"Jupyter", "Jupyter Lab"}))
    assert [span.text for span in find_protected("Jupyter Lab, Jupyter, Jupyters", protection)] == [
        "Jupyter Lab",
        "Jupyter",
    ]


@pytest.mark.parametrize(
    ("text", "expected"), [("<b>%s</b> 12", False), ("%s files", True), ("https://a.org", False), ("é", True)]
)
def test_words_are_what_is_outside(text, expected):
    assert has_words(text) is expected


@pytest.mark.parametrize(
    "pattern", [*COMMON.values(), *LITERALS.values(), *(one for added in FRAMEWORKS.values() for one in added.values())]
)
def test_no_pattern_begins_with_a_repetition_without_a_bound(pattern):
    """Such a pattern is tried at each character and runs to the end from each: quadratic in a long word."""
    opcode, details = re._parser.parse(pattern)[0]
    assert str(opcode) != "MAX_REPEAT" or details[1] <= 64


def test_zeros_behind_a_percent_sign_are_read_once():
    """Flags and width both take zeros: where both are without a bound, every way to share them out is tried."""
    assert find_placeholders("%" + "0" * 50_000) == ()


def test_messages_that_are_never_closed_are_not_each_read_to_the_end():
    assert find_protected("{n, plural, a {" * 50_000) == ()


@pytest.mark.parametrize("depth", [8, 9, 2000])
def test_messages_within_messages_are_looked_into_so_far_and_no_further(depth):
    """What is deeper is one span: nobody writes it, and each level was a call within a call."""
    text = "Open " + "{a, select, other {" * depth + "now" + "}}" * depth
    spans = find_protected(text)
    inside = [span for span in spans if span.text == text[5:]]
    assert len(inside) == (depth > 8)
    assert ("now" in "".join(span.text for span in spans)) == (depth > 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("""<b :class="n > 1 ? 'a' : 'b'">x</b>""", ["""<b :class="n > 1 ? 'a' : 'b'">""", "</b>"]),
        ('<a href="#" onclick="go(() => 1)">it</a>', ['<a href="#" onclick="go(() => 1)">', "</a>"]),
        ("<a title='x > y' b>it</a>", ["<a title='x > y' b>", "</a>"]),
        ('<a title="x>it</a>', ['<a title="x>', "</a>"]),
        ("<host isn't set> or 'x' > 3", ["<host isn't set>"]),
    ],
)
def test_in_the_quotes_of_an_attribute_no_tag_ends(text, expected):
    assert [span.text for span in find_protected(text)] == expected
