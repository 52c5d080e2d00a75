//! How much JavaScript the first page loads, packed.

use std::path::Path;

use super::Subject;
use crate::error::{BenchError, Trying, unexpected};
use crate::report::{Figure, Target};

const KIB: f64 = 1024.0;

/// What `index.html` names, and all that the build made.
pub(super) fn measure(subject: &Subject) -> Result<Vec<Figure>, BenchError> {
    let page = subject.web.join("index.html");
    let html = std::fs::read_to_string(&page).trying(format!("reading {}: build the web app first", page.display()))?;
    let mut first = 0;
    for script in scripts(&html) {
        first += packed(&subject.web.join(script.trim_start_matches('/')))?;
    }
    if first == 0 {
        return unexpected(format!("{} loads no JavaScript", page.display()));
    }
    let mut all = 0;
    let assets = subject.web.join("assets");
    for entry in std::fs::read_dir(&assets).trying(format!("reading {}", assets.display()))? {
        let path = entry.trying("reading the assets")?.path();
        if path.extension().is_some_and(|extension| extension == "js") {
            all += packed(&path)?;
        }
    }
    Ok(vec![
        Figure::new("JavaScript, first page, gzip", first as f64 / KIB, "KiB").target(Target::AtMost(200.0)),
        Figure::new("JavaScript, all pages, gzip", all as f64 / KIB, "KiB"),
    ])
}

/// Every script that the page names: run, or loaded ahead.
fn scripts(html: &str) -> Vec<&str> {
    let quoted = html.split('"').skip(1).step_by(2);
    quoted.filter(|text| text.starts_with('/') && text.ends_with(".js")).collect()
}

/// The length as it is sent: packed beside the file if that was worth it.
fn packed(file: &Path) -> Result<u64, BenchError> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".gz");
    let length = std::fs::metadata(beside).or_else(|_| std::fs::metadata(file));
    Ok(length.trying(format!("reading {}", file.display()))?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_a_page_are_found() {
        let html = r#"<link href="/a.css"><script src="/t.js"></script><link rel="modulepreload" href="/assets/b.js">"#;
        assert_eq!(scripts(html), ["/t.js", "/assets/b.js"]);
    }
}
