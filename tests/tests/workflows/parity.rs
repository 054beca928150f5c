//! The compiler and the runtime know the same library.

use std::collections::BTreeSet;

use cogwork::stdlib;
use cogwork_compiler::signatures;

#[test]
fn both_have_the_same_functions_with_as_many_parameters() {
    let compiler: BTreeSet<(&str, usize)> =
        signatures::all().iter().filter(|f| f.available).map(|f| (f.name, f.params.len())).collect();
    let runtime: BTreeSet<(&str, usize)> = stdlib::functions().iter().copied().collect();
    let missing: Vec<_> = compiler.difference(&runtime).collect();
    let unknown: Vec<_> = runtime.difference(&compiler).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "only the compiler has {missing:?}, only the runtime {unknown:?}"
    );
    assert_eq!(stdlib::functions().len(), runtime.len(), "a name is listed twice");
}

#[test]
fn both_have_the_same_objects_with_the_fields_that_the_reference_tells() {
    let names = stdlib::constants().iter().map(|(name, _)| *name);
    assert!(signatures::objects().iter().map(|object| object.name).eq(names));
    for (object, (_, make)) in signatures::objects().iter().zip(stdlib::constants()) {
        let value = make();
        let words = signatures::reference::of_object(object).unwrap();
        // A predicate is no value.
        let told: BTreeSet<&str> =
            words.fields.iter().map(|(field, _)| *field).filter(|f| *f != "predicate").collect();
        let has: BTreeSet<&str> = value.as_map().unwrap().keys().map(|key| key.as_str()).collect();
        assert_eq!(told, has, "{}", object.name);
    }
}
