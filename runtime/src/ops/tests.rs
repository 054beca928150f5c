//! Table-driven tests of the operators (`language.md` §9.4–9.6, §4.1, §4.4, and the facts of §16).

use super::*;
use crate::value::Slot;

fn v(json: &str) -> Value {
    Value::from_json_text(json).unwrap()
}

fn bytes() -> Value {
    Value::Bytes([1].as_slice().into())
}

/// The value's type and text, which `==` would not tell apart.
fn exact(value: &Value) -> String {
    format!("{} {value:?}", value.type_name())
}

fn message(error: &Error) -> String {
    error.value().get("message").and_then(Value::as_str).unwrap().to_owned()
}

type Operator = fn(&Value, &Value) -> Result;

#[track_caller]
fn gives(operator: Operator, left: &str, right: &str, expected: &str) {
    let result = operator(&v(left), &v(right)).unwrap();
    assert_eq!(exact(&result), exact(&v(expected)), "{left}, {right}");
}

#[track_caller]
fn fails(operator: Operator, left: &Value, right: &Value, tag: Tag) {
    let error = operator(left, right).unwrap_err();
    assert!(error.has_tag(tag), "{left:?}, {right:?}: {error:?}");
}

#[test]
fn addition_follows_the_table() {
    for (left, right, sum) in [
        ("1", "2", "3"),
        ("1", "2.0", "3.0"),
        ("1.5", "2", "3.5"),
        ("1.5", "1.5", "3.0"),
        (r#""Hello world""#, "1", r#""Hello world1""#),
        ("1", r#""a""#, r#""1a""#),
        (r#""a""#, "1.5", r#""a1.5""#),
        ("2.0", r#""a""#, r#""2a""#),
        (r#""a""#, "true", r#""atrue""#),
        ("false", r#""a""#, r#""falsea""#),
        (r#""a""#, r#""b""#, r#""ab""#),
    ] {
        gives(add, left, right, sum);
        let mut target = v(left);
        add_assign(&mut target, &v(right)).unwrap();
        assert_eq!(exact(&target), exact(&v(sum)));
    }
    for (left, right) in [
        ("1", "true"),
        ("true", "true"),
        ("1.5", "false"),
        ("null", "1"),
        ("[]", "[]"),
        (r#""a""#, "null"),
        ("{}", r#""a""#),
    ] {
        fails(add, &v(left), &v(right), Tag::TypeError);
        let mut target = v(left);
        assert!(add_assign(&mut target, &v(right)).is_err());
        assert_eq!(target, v(left));
    }
    fails(add, &bytes(), &v(r#""a""#), Tag::TypeError);
    assert_eq!(
        message(&add(&v("1"), &Value::Null).unwrap_err()),
        "TypeError: unsupported operand types for +: 'integer' and 'null'"
    );
}

#[test]
fn arithmetic_follows_the_table() {
    let table: &[(Operator, &str, &str, &str)] = &[
        (subtract, "1", "2", "-1"),
        (subtract, "1", "0.5", "0.5"),
        (multiply, "3", "4", "12"),
        (multiply, "3", "0.5", "1.5"),
        (divide, "10", "4", "2.5"),
        (divide, "4", "2", "2.0"),
        (floor_divide, "7", "2", "3"),
        (floor_divide, "-7", "2", "-4"),
        (floor_divide, "7", "-2", "-4"),
        (floor_divide, "-7.0", "2", "-4.0"),
        (remainder, "7", "2", "1"),
        (remainder, "-7", "3", "2"),
        (remainder, "7", "-3", "-2"),
        (remainder, "-6", "3", "0"),
        (remainder, "-7.0", "3", "2.0"),
        (remainder, "7.5", "2", "1.5"),
        // Wrapping around.
        (add, "9223372036854775807", "1", "-9223372036854775808"),
        (subtract, "-9223372036854775808", "1", "9223372036854775807"),
        (multiply, "4611686018427387904", "2", "-9223372036854775808"),
        (floor_divide, "-9223372036854775808", "-1", "-9223372036854775808"),
        (remainder, "-9223372036854775808", "-1", "0"),
    ];
    for (operator, left, right, expected) in table {
        gives(*operator, left, right, expected);
    }
    let operators: [Operator; 5] = [subtract, multiply, divide, floor_divide, remainder];
    for operator in operators {
        for (left, right) in [(r#""a""#, "1"), ("1", "true"), ("null", "1"), ("[]", "2"), ("1", "{}")] {
            fails(operator, &v(left), &v(right), Tag::TypeError);
        }
        fails(operator, &bytes(), &v("1"), Tag::TypeError);
    }
    let divisions: [Operator; 3] = [divide, floor_divide, remainder];
    for operator in divisions {
        for zero in ["0", "0.0", "-0.0"] {
            fails(operator, &v("1"), &v(zero), Tag::ZeroDivisionError);
        }
    }
    assert_eq!(exact(&negate(&v("1.5")).unwrap()), exact(&v("-1.5")));
    assert_eq!(exact(&negate(&v("3")).unwrap()), exact(&v("-3")));
    assert_eq!(exact(&plus(&v("3")).unwrap()), exact(&v("3")));
    assert!(negate(&v("true")).unwrap_err().has_tag(Tag::TypeError));
    assert!(plus(&v(r#""3""#)).unwrap_err().has_tag(Tag::TypeError));
    // 27 * 9/5 + 32
    let product = divide(&multiply(&v("27"), &v("9")).unwrap(), &v("5")).unwrap();
    assert_eq!(exact(&add(&product, &v("32")).unwrap()), exact(&v("80.6")));
}

#[test]
fn comparison() {
    let table: &[(Operator, &str, &str, bool)] = &[
        (less, "1", "2", true),
        (less, "2", "1.5", false),
        (less_equal, "2", "2.0", true),
        (greater, "9007199254740993", "9007199254740992.0", true),
        (greater_equal, "1", "1", true),
        (less, r#""Z""#, r#""a""#, true),
        (greater, r#""é""#, r#""z""#, true),
    ];
    for (operator, left, right, expected) in table {
        assert_eq!(operator(&v(left), &v(right)).unwrap(), Value::Bool(*expected), "{left} {right}");
    }
    let operators: [Operator; 4] = [less, less_equal, greater, greater_equal];
    for operator in operators {
        for (left, right) in
            [("true", "false"), ("null", "null"), ("1", r#""1""#), ("[1]", "[2]"), ("{}", "{}")]
        {
            fails(operator, &v(left), &v(right), Tag::TypeError);
        }
        assert_eq!(operator(&v("1"), &Value::Float(f64::NAN)).unwrap(), Value::Bool(false));
    }
    for (left, right, same) in [
        ("1", "1.0", true),
        ("null", "null", true),
        ("null", "0", false),
        (r#""1""#, "1", false),
        ("true", "1", false),
        (r#"[{"a":1}]"#, r#"[{"a":1}]"#, true),
    ] {
        assert_eq!(equal(&v(left), &v(right)), Value::Bool(same), "{left} {right}");
        assert_eq!(not_equal(&v(left), &v(right)), Value::Bool(!same), "{left} {right}");
    }
}

#[test]
fn membership_and_logic() {
    gives(contains, r#""a""#, r#"{"a":null}"#, "true");
    gives(contains, r#""b""#, r#"{"a":1}"#, "false");
    gives(contains, "1", "[0,1.0]", "true");
    gives(contains, "[1]", "[[1]]", "true");
    fails(contains, &v("1"), &v("{}"), Tag::TypeError);
    fails(contains, &v(r#""a""#), &v(r#""abc""#), Tag::TypeError);
    let error = contains(&v(r#""searchTerm""#), &Value::Null).unwrap_err();
    assert_eq!(message(&error), "The argument of 'in' must be a dict or an array; got: null");
    assert_eq!(not(&Value::Bool(false)).unwrap(), Value::Bool(true));
    for other in ["null", "0", r#""""#, "[]"] {
        assert!(not(&v(other)).unwrap_err().has_tag(Tag::TypeError));
        assert!(truth(&v(other)).unwrap_err().has_tag(Tag::TypeError));
        assert!(logical(&v(other)).unwrap_err().has_tag(Tag::TypeError));
    }
}

#[test]
fn access() {
    let map = v(r#"{"k":{"x":1},"l":[10,20]}"#);
    assert_eq!(member(&member(&map, "k").unwrap(), "x").unwrap(), Value::Int(1));
    assert_eq!(index(member_ref(&map, "l").unwrap(), &Value::Int(1)).unwrap(), Value::Int(20));
    let error = member(&map, "taskCount").unwrap_err();
    assert_eq!(message(&error), "KeyError: key not found: taskCount");
    assert_eq!(error.value().get("tags"), Some(&v(r#"["KeyError","LookupError"]"#)));
    for (base, at, tag) in [
        ("[1]", "1", Tag::IndexError),
        ("[1]", "-1", Tag::IndexError),
        ("[1]", "0.0", Tag::TypeError),
        ("[1]", r#""0""#, Tag::TypeError),
        (r#"{"1":1}"#, "1", Tag::TypeError),
        (r#"{"a":1}"#, r#""b""#, Tag::KeyError),
        ("null", r#""a""#, Tag::TypeError),
        (r#""text""#, "0", Tag::TypeError),
        ("1", "0", Tag::TypeError),
    ] {
        fails(index, &v(base), &v(at), tag);
    }
    for base in ["null", "1", "true", r#""text""#, "[]"] {
        assert!(member(&v(base), "a").unwrap_err().has_tag(Tag::TypeError), "{base}");
    }
}

fn stored(root: &str, path: &str, value: &str) -> Result<String> {
    let mut slot: Slot = Some(v(root));
    let untouched = slot.clone();
    let path: Vec<Value> = v(path).as_list().unwrap().to_vec();
    match store(&mut slot, &path, v(value), "x") {
        Ok(()) => slot.unwrap().to_json_text(),
        Err(error) => {
            assert_eq!(slot, untouched, "a failing assignment changes nothing");
            Err(error)
        }
    }
}

#[test]
fn assignment_to_targets() {
    for (root, path, expected) in [
        ("1", "[]", "9"),
        (r#"{"a":1}"#, r#"["a"]"#, r#"{"a":9}"#),
        ("{}", r#"["a"]"#, r#"{"a":9}"#),
        ("{}", r#"["a","b","c"]"#, r#"{"a":{"b":{"c":9}}}"#),
        ("[1,2]", "[1]", "[1,9]"),
        ("[[1,2]]", "[0,1]", "[[1,9]]"),
        (r#"[{"a":[1]}]"#, r#"[0,"a",0]"#, r#"[{"a":[9]}]"#),
    ] {
        assert_eq!(stored(root, path, "9").unwrap(), expected, "{root} {path}");
    }
    for (root, path, tag) in [
        ("[1]", "[1]", Tag::IndexError),
        ("[1]", "[-1]", Tag::IndexError),
        ("[1]", r#"["a"]"#, Tag::TypeError),
        ("[1]", "[0.0]", Tag::TypeError),
        ("{}", "[1]", Tag::TypeError),
        ("{}", r#"["a",0]"#, Tag::KeyError),
        (r#"{"a":null}"#, r#"["a","b"]"#, Tag::TypeError),
        (r#"{"a":1}"#, r#"["a","b","c"]"#, Tag::TypeError),
        ("null", r#"["a"]"#, Tag::TypeError),
        (r#""text""#, "[0]", Tag::TypeError),
    ] {
        assert!(stored(root, path, "9").unwrap_err().has_tag(tag), "{root} {path}");
    }
    let mut unset: Slot = None;
    let error = store(&mut unset, &[Value::from("a")], Value::Null, "x").unwrap_err();
    assert_eq!(message(&error), "KeyError: key not found: x");
    store(&mut unset, &[], Value::Int(1), "x").unwrap();
    assert_eq!(unset, Some(Value::Int(1)));
}

#[test]
fn writes_do_not_show_in_copies_and_are_in_place_otherwise() {
    let mut slot: Slot = Some(v(r#"{"l":[1,2]}"#));
    let copy = slot.clone();
    store(&mut slot, &[Value::from("l"), Value::Int(0)], Value::Int(7), "x").unwrap();
    assert_eq!(copy, Some(v(r#"{"l":[1,2]}"#)));
    let Some(Value::Map(map)) = &slot else { panic!("a map stays one") };
    let before = Arc::as_ptr(map);
    store(&mut slot, &[Value::from("l"), Value::Int(1)], Value::Int(8), "x").unwrap();
    let Some(Value::Map(map)) = &slot else { panic!("a map stays one") };
    assert_eq!(Arc::as_ptr(map), before);
    let mut list = v("[1]");
    let shared = list.clone();
    append(&mut list, Value::Int(2)).unwrap();
    assert_eq!((list, shared), (v("[1,2]"), v("[1]")));
    assert!(append(&mut v("{}"), Value::Null).unwrap_err().has_tag(Tag::TypeError));
}

#[test]
fn text_grows_up_to_its_limit() {
    let mut text = Value::from("x".repeat(1 << 20));
    let error = loop {
        let copy = text.clone();
        if let Err(error) = add_assign(&mut text, &copy) {
            break error;
        }
    };
    assert!(error.has_tag(Tag::ResourceLimitError) && error.is_fatal());
}

#[test]
fn ranges() {
    let visited = |bounds: &str| {
        let (mut next, last) = range(&v(bounds)).unwrap();
        let mut visited = Vec::new();
        while range_contains(&next, &last) {
            visited.push(next.clone());
            next = range_next(&next).unwrap();
        }
        exact(&Value::list(visited))
    };
    for (bounds, expected) in [
        ("[1,3]", "[1,2,3]"),
        ("[3,1]", "[]"),
        ("[1.5,3]", "[1.5,2.5]"),
        ("[1,2.9]", "[1,2]"),
        ("[1.0,2]", "[1.0,2.0]"),
    ] {
        assert_eq!(visited(bounds), exact(&v(expected)), "{bounds}");
    }
    for (bounds, tag) in [
        ("[1]", Tag::ValueError),
        ("[1,2,3]", Tag::ValueError),
        (r#"[1,"2"]"#, Tag::TypeError),
        ("3", Tag::TypeError),
        ("null", Tag::TypeError),
    ] {
        assert!(range(&v(bounds)).unwrap_err().has_tag(tag), "{bounds}");
    }
    assert_eq!(range_next(&Value::Int(i64::MAX)), None);
    assert_eq!(range_next(&Value::Float(1e300)), None);
    for other in ["{}", "null", r#""abc""#] {
        assert!(loop_list(v(other)).unwrap_err().has_tag(Tag::TypeError));
    }
}
