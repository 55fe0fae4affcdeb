//! `docs/content-hash.md` tells the truth: its Python, its table and copydesk give the same hashes. Needs `python3`.

use copydesk::article::{canonical::canonical, fingerprint};
use std::io::Write;
use std::process::{Command, Stdio};

struct Vector {
    name: String,
    headline: Option<String>,
    body: String,
    hash: String,
}

fn document() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/content-hash.md")).unwrap()
}

/// The document's table, row by row.
fn vectors() -> Vec<Vector> {
    let text = |cell: &str| -> Option<String> {
        let quoted = cell.strip_prefix('`')?.strip_suffix('`')?;
        Some(serde_json::from_str(quoted).unwrap_or_else(|error| panic!("{cell}: {error}")))
    };
    let document = document();
    let rows = document.lines().skip_while(|line| !line.starts_with("| what | headline |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, headline, body, hash] = cells[..] else { panic!("a row of four cells: {row}") };
        Vector {
            name: name.to_owned(),
            headline: (headline != "none").then(|| text(headline).unwrap()),
            body: text(body).unwrap(),
            hash: format!("sha256-v1:{}", hash.trim_matches('`')),
        }
    })
    .collect()
}

#[test]
fn the_table_is_what_copydesk_computes() {
    let vectors = vectors();
    assert!(vectors.len() >= 20, "{} vectors", vectors.len());
    for vector in &vectors {
        let hash = fingerprint::content_hash(vector.headline.as_deref(), &vector.body).to_string();
        assert_eq!(hash, vector.hash, "{}", vector.name);
        let text = canonical(&vector.body);
        assert_eq!(canonical(&text), text, "{}", vector.name);
    }
    let hash_of = |name: &str| &vectors.iter().find(|vector| vector.name.starts_with(name)).unwrap().hash;
    assert_eq!(hash_of("a long body stands alone"), hash_of("other case, quotes"));
    assert_eq!(hash_of("French, composed"), hash_of("French, decomposed"));
    assert_ne!(hash_of("24 words"), hash_of("25 words"));
}

#[test]
fn the_table_is_what_the_documents_python_computes() {
    let document = document();
    let begin = document.find("```python\n").expect("the document has a Python snippet") + "```python\n".len();
    let snippet = &document[begin..begin + document[begin..].find("```").unwrap()];
    let recipe = snippet.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("import")).count();
    assert!(recipe <= 10, "the recipe has grown to {recipe} lines");

    let vectors = vectors();
    let script = format!(
        "{snippet}\nimport json, sys\nfor headline, body in json.load(sys.stdin):\n    print(content_hash(headline, body))\n"
    );
    let mut python =
        Command::new("python3").args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect(
            "python3 is needed to check the recipe in docs/content-hash.md: install it (apt-get install python3)",
        );
    let texts: Vec<_> = vectors.iter().map(|vector| (&vector.headline, &vector.body)).collect();
    python.stdin.take().unwrap().write_all(&serde_json::to_vec(&texts).unwrap()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let hashes: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(hashes.len(), vectors.len());
    for (vector, hash) in vectors.iter().zip(&hashes) {
        assert_eq!(hash, &vector.hash, "{}", vector.name);
    }
}
