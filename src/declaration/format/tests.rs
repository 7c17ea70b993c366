use super::*;

fn formatted(text: &str) -> String {
    match fmt("f.yaml", text.into()) {
        Ok(text) => text,
        Err(e) => panic!("{:#?}\n{text}", e.findings),
    }
}

/// Input and output of one rule each. The outputs are written by hand from the rules of the module.
#[test]
fn rules() {
    let mut wrong = Vec::new();
    for (name, text, wanted) in [
        ("empty", "", ""),
        ("comment only", "\n\n# a\n\n\n#b  \n", "# a\n\n#b\n"),
        ("indentation", "a:\n    b:\n          - c\n          -   d\n", "a:\n  b:\n    - c\n    - d\n"),
        ("list below key", "a:\n- b\n- c\nd: 1\n", "a:\n  - b\n  - c\nd: 1\n"),
        ("list of mappings", "a:\n-   b: 1\n    c: 2\n-\n    d: 3\n", "a:\n  - b: 1\n    c: 2\n  - d: 3\n"),
        ("nested lists", "- - a\n  - b\n-\n  - c\n", "- - a\n  - b\n- - c\n"),
        ("flow on one line", "a: {b: 1,c: [ 2,3 ]}\n", "a: { b: 1, c: [2, 3] }\n"),
        ("empty flow", "a: { }\nb: [ ]\n", "a: {}\nb: []\n"),
        ("flow on several lines", "a: {b: 1,\n  c: [2,\n 3]}\n", "a:\n  b: 1\n  c:\n    - 2\n    - 3\n"),
        ("json", "{\"a\":\n[{\"b\": \"c\"}]}", "a: [{ b: c }]\n"),
        ("quotes", "a: 'x'\n\"b\": \"y z\"\nc: 'no'\nd: '1'\n", "a: x\nb: y z\nc: \"no\"\nd: \"1\"\n"),
        ("words of YAML 1.1", "on: no\ndate: 2024-01-31\n", "\"on\": \"no\"\ndate: \"2024-01-31\"\n"),
        ("numbers stay", "a: 0x10\nb: 010\nc: 1.10\nd: ~\n", "a: 0x10\nb: 010\nc: 1.10\nd: ~\n"),
        (
            "nothing",
            "a:
b:   # c
c: []
",
            "a:
b:  # c
c: []
",
        ),
        (
            "asns",
            "spec:\n  asns: {a: '64500', b: \"1.10\", c: 0xFBF4, d: '010', e: 1.10}\n  cluster: {asn: '64500'}\n  nodes: [{asn: '1.0', name: '64500'}]\n",
            "spec:\n  asns: { a: 64500, b: 65546, c: 64500, d: \"010\", e: 1.10 }\n  cluster: { asn: 64500 }\n  nodes: [{ asn: 65536, name: \"64500\" }]\n",
        ),
        ("blank lines", "\n\na: 1\n\n\n\nb:\n\n  c: 2\n\n  d: 3\n\n\n", "a: 1\n\nb:\n\n  c: 2\n\n  d: 3\n"),
        ("line ends and byte order mark", "\u{feff}a: 1\r\n\r\nb: 2 # c\r\n", "a: 1\n\nb: 2  # c\n"),
        (
            "comments",
            "#1\na: # 2\n  # 3\n  b: 1    # 4\n  # 5\n# 6\nc: 2\n#7",
            "#1\na:  # 2\n  # 3\n  b: 1  # 4\n  # 5\n# 6\nc: 2\n#7\n",
        ),
        (
            "comments in lists",
            "a:\n# 1\n- b # 2\n# 3\n- c: 1 # 4\n  # 5\n  d: 2\n# 6\ne: 1\n",
            "a:\n  # 1\n  - b  # 2\n  # 3\n  - c: 1  # 4\n    # 5\n    d: 2\n# 6\ne: 1\n",
        ),
        ("comment behind a dash", "- # 1\n  a: 1\n", "# 1\n- a: 1\n"),
        (
            "comments in brackets",
            "a: [ # 1\n  b, # 2\n  # 3\n  c # 4\n  # 5\n] # 6\nd: 1\n",
            "a:  # 1\n  - b  # 2\n  # 3\n  - c  # 4\n  # 5\n# 6\nd: 1\n",
        ),
        ("comment before a value", "a:\n  # 1\n  b\n", "# 1\na: b\n"),
        ("hash in text", "a: x#y\nb: 'x # y' # z\n", "a: x#y\nb: \"x # y\"  # z\n"),
        (
            "modeline",
            "# yaml-language-server: $schema=x.json\nkind:   Network\n",
            "# yaml-language-server: $schema=x.json\nkind: Network\n",
        ),
        (
            "documents",
            "---\na: 1\n...\n---\n\nb: 2\n# end\n---\n# c\nc: 3\n",
            "---\na: 1\n---\nb: 2\n# end\n---\n# c\nc: 3\n",
        ),
        ("head before the first document", "# 1\n\n---\na: 1\n", "# 1\n---\na: 1\n"),
        ("text on several lines", "a: x\n  y\nb: \"x\n  y\"\n", "a: x y\nb: x y\n"),
        (
            "literal",
            "a: |  # c\n    x\n      y\n\n    z\n\n\nb: 1\n",
            "a: |  # c\n  x\n    y\n\n  z\n\nb: 1\n",
        ),
        ("folded", "- a: >-\n     x\n     y\n  b: 1\n", "- a: >-\n    x\n    y\n  b: 1\n"),
        ("kept line ends", "a: |+\n  x\n\nb: |2\n   y\n", "a: \"x\\n\\n\"\n\nb: \" y\\n\"\n"),
        ("blanks at the end of a folded text", "a: >\n  x\n\n   \n", "a: \"x\\n\\n \\n\"\n"),
        ("line separator below a literal", "|\n- |\n\u{2028}", "\"- |\\n\\u2028\\n\"\n"),
        ("keys with question mark", "? a\n: b\n? c\n", "a: b\nc:\n"),
        ("top scalar", "'a'   # b\n", "a  # b\n"),
    ] {
        let once = formatted(text);
        if once != wanted || formatted(&once) != wanted {
            wrong.push(format!("{name}:\n{once}--- wanted\n{wanted}--- again\n{}", formatted(&once)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
