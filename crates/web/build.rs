//! Build step of the web crate: copies the named scripts and icons out of the root `node_modules` into `OUT_DIR`
//! and writes one Rust file that embeds them. It downloads nothing; `npm ci` does that, and is asked for by name.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Scripts that pages load, by the name they are served under.
const SCRIPTS: &[(&str, &str)] = &[("sortable.min.js", "sortablejs/Sortable.min.js")];

fn main() -> Result<(), String> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let modules = here.join("../../node_modules");
    for watched in ["icons.txt", "assets", "build.rs", "templates", "locales"] {
        println!("cargo::rerun-if-changed={}", here.join(watched).display());
    }
    println!(
        "cargo::rerun-if-changed={}",
        here.join("../../package-lock.json").display()
    );

    let mut code = String::from(
        "/// Scripts from npm packages: served name and content.\npub const SCRIPTS: &[(&str, &[u8])] = &[\n",
    );
    for (name, source) in SCRIPTS {
        let text = read(&modules.join(source))?;
        // The source map is not served, so the comment that asks for it would only make a 404.
        let text: String = text
            .lines()
            .filter(|line| !line.starts_with("//# sourceMappingURL"))
            .fold(String::new(), |all, line| all + line + "\n");
        let copy = out.join(name);
        fs::write(&copy, text)
            .map_err(|error| format!("cannot write {}: {error}", copy.display()))?;
        let _ = writeln!(
            code,
            "    ({name:?}, include_bytes!({:?})),",
            copy.display().to_string()
        );
    }
    code.push_str("];\n\n");
    code.push_str(&icons(&here, &modules)?);
    let file = out.join("embedded.rs");
    fs::write(&file, code).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// The icon table: name, and what stands between `<svg>` and `</svg>`.
fn icons(here: &Path, modules: &Path) -> Result<String, String> {
    let list = read(&here.join("icons.txt"))?;
    let mut lucide = Vec::new();
    let mut marks = Vec::new();
    for line in list
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.split_once(' ') {
            Some(("lucide", name)) => {
                lucide.push((
                    name.to_owned(),
                    inner(&read(
                        &modules.join(format!("lucide-static/icons/{name}.svg")),
                    )?),
                ));
            }
            Some(("simple", name)) => {
                marks.push((
                    name.to_owned(),
                    inner(&read(
                        &modules.join(format!("simple-icons/icons/{name}.svg")),
                    )?),
                ));
            }
            _ => {
                return Err(format!(
                    "icons.txt: the line {line:?} is neither `lucide name` nor `simple name`"
                ));
            }
        }
    }
    for name in ["linkedin", "google_business"] {
        marks.push((
            name.to_owned(),
            inner(&read(&here.join(format!("assets/marks/{name}.svg")))?),
        ));
    }
    lucide.sort();
    lucide.dedup();
    marks.sort();
    Ok(table("ICONS", "Line icons, sorted by name.", &lucide)
        + &table("MARKS", "Platform marks, sorted by name.", &marks))
}

fn table(name: &str, doc: &str, rows: &[(String, String)]) -> String {
    let mut code = format!("/// {doc}\npub const {name}: &[(&str, &str)] = &[\n");
    for (key, body) in rows {
        let _ = writeln!(code, "    ({key:?}, {body:?}),");
    }
    code + "];\n\n"
}

/// What stands inside the outer `<svg>`, on one line, without its `<title>`: the page gives the name.
fn inner(svg: &str) -> String {
    let start = svg
        .find("<svg")
        .and_then(|at| svg[at..].find('>').map(|end| at + end + 1))
        .unwrap_or(0);
    let end = svg.rfind("</svg>").unwrap_or(svg.len());
    let mut body = svg[start..end]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if let (Some(from), Some(to)) = (body.find("<title>"), body.find("</title>")) {
        body.replace_range(from..to + "</title>".len(), "");
    }
    body
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| {
        let hint = if path.components().any(|part| part.as_os_str() == "node_modules") {
            " Scripts and icons come from npm packages: run npm ci in the project's root folder, then build again."
        } else {
            ""
        };
        format!("cannot read {}: {error}.{hint}", path.display())
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build step its folders in no other way"
)]
fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}
