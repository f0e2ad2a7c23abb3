//! The browser in which the shop page is tested.

use anyhow::{Result, bail};

use crate::command::{exists, program, run, say};

const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Sees to it that Chromium and its driver are there: as root on Debian by installing them, elsewhere by saying so.
pub(crate) fn ensure() -> Result<()> {
    if exists("chromedriver") && exists("chromium") {
        return Ok(());
    }
    let wanted = PACKAGES.join(" ");
    if !is_root() || !exists("apt-get") {
        bail!(
            "the shop page is tested in a browser; install Chromium and its driver (Debian: apt-get install {wanted})"
        );
    }
    say(&format!("installing {wanted}"));
    run(program("apt-get").args(["update", "--quiet"]))?;
    run(program("apt-get")
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(PACKAGES)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> bool {
    program("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0"))
}
