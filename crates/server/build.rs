//! Makes sure that there is a folder to embed, so that the server builds before the web app was built.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/app/dist");
    std::fs::create_dir_all(&assets)?;
    println!("cargo:rerun-if-changed={}", assets.display());
    Ok(())
}
