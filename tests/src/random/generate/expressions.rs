//! Random expressions and data.

use super::super::program::{Binary, Data, Expr, Key, Scalar, Unary};
use super::{Generator, KEYS, Place, TYPES, Type};

const TEXTS: [&str; 10] = ["", "x", "boom", "a,b,c", "Grüße", "1", "-7", "a: #b", "two words", "\"q\"\n\\"];
const COMPARISONS: [Binary; 6] =
    [Binary::Equal, Binary::NotEqual, Binary::Less, Binary::LessEqual, Binary::Greater, Binary::GreaterEqual];

impl Generator {
    /// A constant that may stand in an expression.
    pub(super) fn constant(&mut self, kind: Type) -> Scalar {
        match kind {
            Type::Int => Scalar::Int(match self.random.below(40) {
                0 => i64::MAX,
                1 => 1 << 53,
                2 => 4_611_686_018_427_387_904,
                n => i64::try_from(n % 8).unwrap_or(0),
            }),
            Type::Double => Scalar::Double(*self.random.pick(&[
                0.5,
                1.5,
                2.0,
                0.1,
                3.25,
                0.0,
                1e21,
                1e-7,
                123_456.789,
                1e15,
            ])),
            Type::Str => Scalar::Str((*self.random.pick(&TEXTS)).to_owned()),
            Type::Bool => Scalar::Bool(self.random.percent(50)),
            Type::List | Type::Map | Type::Any => match self.random.below(4) {
                0 => Scalar::Null,
                1 => self.constant(Type::Str),
                2 => self.constant(Type::Bool),
                _ => self.constant(Type::Int),
            },
        }
    }

    /// The first value of a variable.
    pub(super) fn start_value(&mut self, kind: Type) -> Data {
        let number = |g: &mut Self| Data::Scalar(g.constant(Type::Int));
        match kind {
            Type::List => Data::List((0..2 + self.random.below(3)).map(|_| number(self)).collect()),
            Type::Map => {
                let count = 2 + self.random.below(3);
                Data::Map(
                    KEYS[..count].iter().map(|key| (Key::Name((*key).to_owned()), number(self))).collect(),
                )
            }
            kind => Data::Scalar(self.constant(kind)),
        }
    }

    /// A value as YAML data.
    pub(super) fn data(&mut self, place: &Place, kind: Type, depth: usize) -> Data {
        let literal = self.random.percent(12);
        match kind {
            Type::List if self.random.percent(25) => {
                let items = 0..self.random.below(4);
                Data::List(items.map(|_| self.data(place, Type::Int, depth.saturating_sub(1))).collect())
            }
            Type::Map if self.random.percent(50) => {
                let mut entries = Vec::new();
                for key in &KEYS[..self.random.below(5)] {
                    let kind = if self.random.percent(85) { Type::Int } else { *self.random.pick(&TYPES) };
                    let value = self.data(place, kind, depth.saturating_sub(1));
                    entries.push((Key::Name((*key).to_owned()), value));
                }
                if self.random.percent(25) {
                    let key = self.expr(place, Type::Str, 1);
                    entries.push((Key::Expr(key), self.data(place, Type::Int, 1)));
                }
                Data::Map(entries)
            }
            Type::Int if literal && self.random.percent(30) => Data::Scalar(Scalar::Int(-3)),
            Type::Double if literal && self.random.percent(30) => Data::Scalar(Scalar::Double(-0.75)),
            Type::Int | Type::Double | Type::Str | Type::Bool if literal => Data::Scalar(self.constant(kind)),
            _ => Data::Expr(self.expr(place, kind, depth)),
        }
    }

    /// An expression that mostly has the given type.
    pub(super) fn expr(&mut self, place: &Place, kind: Type, depth: usize) -> Expr {
        let kind = if self.random.below(1000) < place.mistakes { *self.random.pick(&TYPES) } else { kind };
        if depth == 0 || self.random.percent(20) {
            return self.leaf(place, kind);
        }
        if place.calls
            && self.random.percent(8)
            && let Some(call) = self.call_expr(place, kind, depth - 1)
        {
            return call;
        }
        match kind {
            Type::Int => self.int(place, depth - 1),
            Type::Double => self.double(place, depth - 1),
            Type::Str => self.text(place, depth - 1),
            Type::Bool => self.bool(place, depth - 1),
            Type::List => self.list_expr(place, depth - 1),
            Type::Map => self.map_expr(place, depth - 1),
            Type::Any => self.any(place, depth - 1),
        }
    }

    fn leaf(&mut self, place: &Place, kind: Type) -> Expr {
        let fits = |own: Type| own == kind || kind == Type::Any;
        let mut names: Vec<&str> =
            place.variables.iter().filter(|v| fits(v.kind)).map(|v| v.name.as_str()).collect();
        if place.mistakes < 20 || self.random.percent(70) {
            names.retain(|name| *name != "late");
        }
        if !names.is_empty() && self.random.percent(75) {
            return Expr::variable(self.random.pick::<&str>(&names));
        }
        match kind {
            Type::List => {
                let items = 0..self.random.below(4);
                Expr::List(items.map(|_| Expr::Scalar(self.constant(Type::Int))).collect())
            }
            // Expressions have no literal for it; every routine has this variable.
            Type::Map => Expr::variable("m0"),
            kind => Expr::Scalar(self.constant(kind)),
        }
    }

    /// A call of a subworkflow, with some or all of the parameters that have defaults.
    fn call_expr(&mut self, place: &Place, kind: Type, depth: usize) -> Option<Expr> {
        if kind == Type::Int
            && self.random.percent(15)
            && let Some(name) = self.recursive.clone()
        {
            let count = self.recursion_count(place);
            return Some(Expr::Call(name, vec![count]));
        }
        let fits = |s: &&super::Signature| {
            (s.result == kind || kind == Type::Any) && (place.parallel == 0 || !s.parallel)
        };
        let fitting: Vec<super::Signature> = self.signatures.iter().filter(fits).cloned().collect();
        if fitting.is_empty() {
            return None;
        }
        let chosen = self.random.pick(&fitting).clone();
        let required = chosen.params.iter().filter(|(_, _, default)| default.is_none()).count();
        let count = required + self.random.below(chosen.params.len() - required + 1);
        let kinds = chosen.params.iter().take(count).map(|(_, kind, _)| *kind);
        let args = kinds.map(|kind| self.expr(place, kind, depth)).collect();
        Some(Expr::Call(chosen.name, args))
    }

    /// How often the recursive subworkflow calls itself; more than the service's call depth now and then.
    pub(super) fn recursion_count(&mut self, place: &Place) -> Expr {
        let deep = place.mistakes >= 20 && self.random.percent(40);
        let count = if deep { 14 + self.random.below(10) } else { self.random.below(6) };
        Expr::int(i64::try_from(count).unwrap_or(0))
    }

    fn int(&mut self, place: &Place, depth: usize) -> Expr {
        let risky = place.mistakes >= 20;
        match self.random.below(if risky { 14 } else { 12 }) {
            0..=2 => self.infix(place, Type::Int, &[Binary::Add, Binary::Subtract], Type::Int, depth),
            3 => self.infix(place, Type::Int, &[Binary::Multiply], Type::Int, depth),
            4 => {
                let operator = *self.random.pick(&[Binary::FloorDivide, Binary::Remainder]);
                let left = self.expr(place, Type::Int, depth);
                let right = if risky { self.expr(place, Type::Int, depth) } else { Expr::int(3) };
                let negative = self.random.percent(30);
                let right = if negative { Expr::Unary(Unary::Minus, Box::new(right)) } else { right };
                Expr::binary(left, operator, right)
            }
            5 => {
                let sign = *self.random.pick(&[Unary::Minus, Unary::Plus]);
                Expr::Unary(sign, Box::new(self.expr(place, Type::Int, depth)))
            }
            6 | 7 => {
                let kind = *self.random.pick(&[Type::Str, Type::List, Type::Map]);
                Expr::call("len", vec![self.expr(place, kind, depth)])
            }
            8 => {
                let name = *self.random.pick(&["math.max", "math.min"]);
                Expr::call(name, vec![self.expr(place, Type::Int, depth), self.expr(place, Type::Int, depth)])
            }
            9 => Expr::call(
                "default",
                vec![
                    Expr::call("map.get", vec![self.expr(place, Type::Map, depth), self.key(place)]),
                    self.expr(place, Type::Int, depth),
                ],
            ),
            10 => self.choice(place, Type::Int, depth),
            11 if !risky => Expr::call("int", vec![Expr::Scalar(Scalar::Double(2.7))]),
            11 => {
                let kind = *self.random.pick(&[Type::Double, Type::Str]);
                Expr::call(
                    self.random.pick::<&str>(&["int", "math.abs"]),
                    vec![self.expr(place, kind, depth)],
                )
            }
            _ => self.access(place, depth),
        }
    }

    /// An element of a list or map, which may not be there.
    fn access(&mut self, place: &Place, depth: usize) -> Expr {
        if self.random.percent(50) {
            let of = self.expr(place, Type::List, depth);
            let index = if self.random.percent(70) {
                Expr::int(i64::try_from(self.random.below(4)).unwrap_or(0))
            } else {
                self.expr(place, Type::Int, depth)
            };
            return Expr::Index(Box::new(of), Box::new(index));
        }
        let of = Box::new(self.expr(place, Type::Map, depth));
        if self.random.percent(50) {
            return Expr::Member(of, (*self.random.pick(&KEYS[..3])).to_owned());
        }
        Expr::Index(of, Box::new(self.key(place)))
    }

    /// A key of a map.
    pub(super) fn key(&mut self, place: &Place) -> Expr {
        if self.random.below(1000) < place.mistakes {
            return self.expr(place, Type::Any, 1);
        }
        Expr::text(self.random.pick::<&str>(&KEYS))
    }

    fn double(&mut self, place: &Place, depth: usize) -> Expr {
        match self.random.below(7) {
            0 => self.infix(
                place,
                Type::Double,
                &[Binary::Add, Binary::Subtract, Binary::Multiply],
                Type::Int,
                depth,
            ),
            1 => self.infix(
                place,
                Type::Int,
                &[Binary::Add, Binary::Subtract, Binary::Multiply],
                Type::Double,
                depth,
            ),
            2 | 3 => {
                let operator = *self.random.pick(&[Binary::Divide, Binary::FloorDivide, Binary::Remainder]);
                let left = self.expr(place, Type::Double, depth);
                let right = match place.mistakes {
                    20.. => self.expr(place, Type::Double, depth),
                    _ => Expr::Scalar(Scalar::Double(0.25)),
                };
                Expr::binary(left, operator, right)
            }
            4 => Expr::call("double", vec![self.expr(place, Type::Int, depth)]),
            5 => Expr::Unary(Unary::Minus, Box::new(self.expr(place, Type::Double, depth))),
            _ => {
                let name = *self.random.pick(&["math.max", "math.min"]);
                Expr::call(
                    name,
                    vec![self.expr(place, Type::Double, depth), self.expr(place, Type::Int, depth)],
                )
            }
        }
    }

    fn text(&mut self, place: &Place, depth: usize) -> Expr {
        let scalar = [Type::Int, Type::Double, Type::Str, Type::Bool];
        match self.random.below(10) {
            0..=2 => {
                let other = *self.random.pick(&scalar);
                let left = self.expr(place, Type::Str, depth);
                let right = self.expr(place, other, depth);
                if self.random.percent(60) {
                    Expr::binary(left, Binary::Add, right)
                } else {
                    Expr::binary(right, Binary::Add, left)
                }
            }
            3 => {
                let kind = *self.random.pick(&scalar);
                Expr::call("string", vec![self.expr(place, kind, depth)])
            }
            4 => Expr::call("get_type", vec![self.expr(place, Type::Any, depth)]),
            5 => {
                let name = *self.random.pick(&["text.to_upper", "text.to_lower"]);
                Expr::call(name, vec![self.expr(place, Type::Str, depth)])
            }
            6 => Expr::call(
                "text.substring",
                vec![
                    self.expr(place, Type::Str, depth),
                    self.expr(place, Type::Int, 0),
                    self.expr(place, Type::Int, 0),
                ],
            ),
            7 => Expr::call(
                "text.replace_all",
                vec![
                    self.expr(place, Type::Str, depth),
                    Expr::text(self.random.pick::<&str>(&["a", "o", "", "ß"])),
                    self.expr(place, Type::Str, 0),
                ],
            ),
            8 => self.choice(place, Type::Str, depth),
            _ => {
                let pieces =
                    Expr::call("text.split", vec![self.expr(place, Type::Str, depth), Expr::text(",")]);
                Expr::Index(Box::new(pieces), Box::new(Expr::int(0)))
            }
        }
    }

    fn bool(&mut self, place: &Place, depth: usize) -> Expr {
        match self.random.below(10) {
            0..=2 => {
                let kind = *self.random.pick(&[Type::Int, Type::Double, Type::Str]);
                self.infix(place, kind, &COMPARISONS, kind, depth)
            }
            3 => self.infix(place, Type::Int, &COMPARISONS, Type::Double, depth),
            4 => {
                let (left, right) = (*self.random.pick(&TYPES), *self.random.pick(&TYPES));
                self.infix(place, left, &[Binary::Equal, Binary::NotEqual], right, depth)
            }
            5 | 6 => self.infix(place, Type::Bool, &[Binary::And, Binary::Or], Type::Bool, depth),
            7 => Expr::Unary(Unary::Not, Box::new(self.expr(place, Type::Bool, depth))),
            8 => self.infix(place, Type::Int, &[Binary::In, Binary::NotIn], Type::List, depth),
            _ => {
                let map = self.expr(place, Type::Map, depth);
                Expr::binary(self.key(place), *self.random.pick(&[Binary::In, Binary::NotIn]), map)
            }
        }
    }

    fn list_expr(&mut self, place: &Place, depth: usize) -> Expr {
        match self.random.below(8) {
            0..=2 => {
                let name = *self.random.pick(&["list.concat", "list.prepend"]);
                let kind = if self.random.percent(90) { Type::Int } else { Type::Any };
                Expr::call(name, vec![self.expr(place, Type::List, depth), self.expr(place, kind, depth)])
            }
            3 => {
                let items = 0..self.random.below(4);
                Expr::List(items.map(|_| self.expr(place, Type::Int, depth)).collect())
            }
            4 => Expr::call(
                "text.find_all",
                vec![
                    self.expr(place, Type::Str, depth),
                    Expr::text(self.random.pick::<&str>(&["a", "o", ","])),
                ],
            ),
            5 if place.mistakes >= 20 => Expr::call("keys", vec![self.expr(place, Type::Map, depth)]),
            6 => self.choice(place, Type::List, depth),
            _ => self.leaf(place, Type::List),
        }
    }

    fn map_expr(&mut self, place: &Place, depth: usize) -> Expr {
        match self.random.below(6) {
            0 | 1 => {
                let name = *self.random.pick(&["map.merge", "map.merge_nested"]);
                Expr::call(name, vec![self.expr(place, Type::Map, depth), self.expr(place, Type::Map, depth)])
            }
            2 => Expr::call("map.delete", vec![self.expr(place, Type::Map, depth), self.key(place)]),
            3 => self.choice(place, Type::Map, depth),
            _ => self.leaf(place, Type::Map),
        }
    }

    fn any(&mut self, place: &Place, depth: usize) -> Expr {
        match self.random.below(6) {
            0 => Expr::Scalar(Scalar::Null),
            1 => Expr::call("map.get", vec![self.expr(place, Type::Any, depth), self.key(place)]),
            2 => {
                let path = Expr::List(vec![self.key(place), self.key(place)]);
                Expr::call("map.get", vec![self.expr(place, Type::Map, depth), path])
            }
            _ => {
                let kind = *self.random.pick(&TYPES[..6]);
                self.expr(place, kind, depth)
            }
        }
    }

    fn choice(&mut self, place: &Place, kind: Type, depth: usize) -> Expr {
        let condition = self.expr(place, Type::Bool, depth);
        Expr::call("if", vec![condition, self.expr(place, kind, depth), self.expr(place, kind, depth)])
    }

    fn infix(&mut self, place: &Place, left: Type, operators: &[Binary], right: Type, depth: usize) -> Expr {
        let left = self.expr(place, left, depth);
        let operator = *self.random.pick(operators);
        Expr::binary(left, operator, self.expr(place, right, depth))
    }
}
