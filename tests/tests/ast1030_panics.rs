//! No panic can be reached in the linked ARM image once the device serves.

use casemate_tests::image::Graph;
use casemate_tests::qemu;
use std::fs;

/// Where panics end.
fn is_panic(name: &str) -> bool {
    ["core9panicking", "core6option13expect_failed", "core6result13unwrap_failed", "rust_begin_unwind"]
        .iter()
        .any(|part| name.contains(part))
}

#[test]
fn no_panic_can_be_reached() {
    if qemu::left_out() {
        return;
    }
    let image = fs::read(qemu::firmware().unwrap()).unwrap();
    let graph = Graph::of(&image).unwrap();
    let roots = graph.functions(|name| name == "main ");
    assert_eq!(roots.len(), 1, "the image has one main");
    let ways = graph.ways(&roots, is_panic, is_panic);
    for way in &ways {
        let names: Vec<&str> = way.iter().map(|function| graph.name(*function)).collect();
        println!("{}", names.join("\n    -> "));
    }
    assert!(ways.is_empty());
}
