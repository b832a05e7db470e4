//! How the shared library is linked.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(name).unwrap_or_default();
    if matches!(target("CARGO_CFG_TARGET_OS").as_str(), "linux" | "android") {
        // Its major version is part of its name, but for Android, which loads no such name.
        if target("CARGO_CFG_TARGET_OS") == "linux" {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libwaxwing.so.1");
        }
        // Android's pages may be of 16 KB.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
}
