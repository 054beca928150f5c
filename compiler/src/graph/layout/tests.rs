//! What holds for every arrangement.

use proptest::prelude::*;

use super::{Item, Link, MAX_SPAN, Piece, Plan, Point, Route, Size, arrange};

const HEIGHT: f64 = 44.0;

fn item(width: f64) -> Item {
    Item { size: Size { width, height: HEIGHT }, middle: width / 2.0, reach: width / 2.0 }
}

fn link(from: usize, to: usize, label: f64) -> Link {
    let size = |width| Size { width, height: if width > 0.0 { 16.0 } else { 0.0 } };
    Link { from, to, label: size(label), stub: size(60.0) }
}

fn chain(length: usize) -> Vec<Link> {
    (1..length).map(|to| link(to - 1, to, 0.0)).collect()
}

fn first(route: &Route) -> Point {
    match route.pieces.first() {
        Some(Piece::Move(point)) => *point,
        other => panic!("a line begins somewhere: {other:?}"),
    }
}

fn last(route: &Route) -> Point {
    match route.pieces.last() {
        Some(Piece::Move(point) | Piece::Line(point) | Piece::Curve(_, _, point)) => *point,
        None => panic!("a line ends somewhere"),
    }
}

fn apart(plan: &Plan, items: &[Item]) -> bool {
    let boxes: Vec<_> = plan.items.iter().zip(items).collect();
    boxes.iter().enumerate().all(|(index, (a, first))| {
        boxes.iter().skip(index + 1).all(|(b, second)| {
            a.x + first.size.width <= b.x + 0.01
                || b.x + second.size.width <= a.x + 0.01
                || a.y + first.size.height <= b.y
                || b.y + second.size.height <= a.y
        })
    })
}

#[test]
fn a_chain_is_one_straight_column() {
    let items = [80.0, 120.0, 60.0].map(item);
    let plan = arrange(&items, &chain(3));
    let middles: Vec<f64> = plan.items.iter().zip(&items).map(|(at, item)| at.x + item.middle).collect();
    assert_eq!(middles, [60.0; 3]);
    assert!(plan.routes.iter().all(|route| route.pieces.len() == 2), "{:?}", plan.routes);
    assert_eq!(plan.size.width, 120.0);
}

#[test]
fn a_link_back_leaves_below_and_arrives_above() {
    let items = [item(80.0); 3];
    let mut links = chain(3);
    links.push(link(2, 1, 0.0));
    let plan = arrange(&items, &links);
    let back = &plan.routes[2];
    assert!(first(back).y > plan.items[2].y && last(back).y == plan.items[1].y);
    let lowest = back.pieces.iter().map(|piece| match piece {
        Piece::Move(p) | Piece::Line(p) => p.y,
        Piece::Curve(a, b, p) => a.y.max(b.y).max(p.y),
    });
    assert!(lowest.fold(0.0, f64::max) <= plan.size.height);
}

#[test]
fn a_link_that_is_too_long_becomes_a_stub() {
    let length = MAX_SPAN + 3;
    let items = vec![item(80.0); length];
    let mut links = chain(length);
    links.push(link(0, length - 1, 0.0));
    links.push(link(length - 1, 0, 30.0));
    let plan = arrange(&items, &links);
    for route in &plan.routes[length - 1..] {
        assert!(route.stub.is_some_and(|stub| stub.y >= last(route).y));
    }
    assert!(plan.routes[..length - 1].iter().all(|route| route.stub.is_none()));
}

#[test]
fn many_items_take_little_time() {
    let count = 20_000;
    let items = vec![item(80.0); count];
    let mut links = chain(count);
    links.extend(
        (0..count)
            .map(|from| (from, from * 7919 % count))
            .filter(|(a, b)| a != b)
            .map(|(a, b)| link(a, b, 30.0)),
    );
    let plan = arrange(&items, &links);
    assert_eq!((plan.items.len(), plan.routes.len()), (count, links.len()));
}

proptest! {
    #[test]
    fn every_graph_has_a_place(
        widths in prop::collection::vec(10.0..200.0, 1..14),
        ends in prop::collection::vec((0..14usize, 0..14usize, prop::bool::ANY), 0..30),
    ) {
        let items: Vec<Item> = widths.into_iter().map(item).collect();
        let links: Vec<Link> = ends
            .into_iter()
            .map(|(from, to, labelled)| link(from % items.len(), to % items.len(), if labelled { 40.0 } else { 0.0 }))
            .filter(|link| link.from != link.to)
            .collect();
        let plan = arrange(&items, &links);
        prop_assert!(apart(&plan, &items));
        prop_assert_eq!(&plan, &arrange(&items, &links));
        for (link, route) in links.iter().zip(&plan.routes) {
            let (from, to) = (plan.items[link.from], plan.items[link.to]);
            let (start, end) = (first(route), last(route));
            prop_assert!((start.y - from.y - HEIGHT).abs() < 0.01 && (end.y - to.y).abs() < 0.01);
            prop_assert!(start.x >= from.x && start.x <= from.x + items[link.from].size.width);
            prop_assert!(end.x >= to.x && end.x <= to.x + items[link.to].size.width);
            prop_assert_eq!(route.label.is_some(), link.label.width > 0.0);
        }
        for (at, item) in plan.items.iter().zip(&items) {
            prop_assert!(at.x >= -0.01 && at.x + item.size.width <= plan.size.width + 0.01);
            prop_assert!(at.y >= 0.0 && at.y + HEIGHT <= plan.size.height);
        }
    }
}
