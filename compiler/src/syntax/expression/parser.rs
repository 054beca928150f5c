//! Expressions and assignment targets (`language.md` §9.2) to trees.
//!
//! Parentheses leave no node: a parenthesised expression spans from `(` to `)`, so a string literal in single quotes
//! is known by its span, whose text starts with `'`.

use std::ops::Range;

use crate::source::{FileId, Span, Spanned};
use crate::syntax::expression::lexer::{self, MIN_MAGNITUDE, Symbol, Token, TokenKind};
use crate::syntax::expression::{BinaryOp, Expr, ExprKind, Target, UnaryOp};
use crate::syntax::tree::{OffsetMap, Text};

mod errors;
mod scalar;

pub use errors::SyntaxError;
pub use scalar::parse_scalar;

/// Brackets, parentheses and prefix operators inside one another.
const MAX_NESTING: usize = 100;

/// Height of a tree; more than any expression of 400 characters can have.
const MAX_HEIGHT: usize = 256;

type Parsed<T> = Result<T, SyntaxError>;

/// Parses an expression without its braces. `map` and `base` place it in `file`: it starts `base` bytes into the
/// decoded text that `map` belongs to.
///
/// # Errors
/// The first place that does not fit the grammar.
pub fn parse_expression(
    source: &str,
    map: &OffsetMap,
    base: usize,
    file: FileId,
) -> Result<Expr, SyntaxError> {
    let mut parser = Parser::new(source, map, base, file)?;
    let built = parser.expression(Level::Or)?;
    parser.end()?;
    Ok(built.expr)
}

/// Parses the left side of an assignment, `span` being its place.
///
/// # Errors
/// The first place that does not fit the grammar.
pub fn parse_target(text: &Text, span: Span) -> Result<Target, SyntaxError> {
    let source = text.value.as_str();
    if source.contains("${") {
        return Err(errors::expression_as_target(span));
    }
    if !source.contains(['.', '[']) && !is_name(source.trim()) {
        return Err(errors::invalid_target(source.trim(), span));
    }
    let mut parser = Parser::new(source, &text.map, 0, span.file)?;
    let (name, range) = parser.name("a variable name")?;
    let name = Spanned::new(name, parser.span(range));
    let mut accessors = Vec::new();
    loop {
        if parser.eat(Symbol::Dot).is_some() {
            let (name, range) = parser.member_name()?;
            accessors.push(Expr { kind: ExprKind::Str(name), span: parser.span(range) });
        } else if let Some(open) = parser.eat(Symbol::LeftBracket) {
            let built = parser.expression(Level::Or)?;
            parser.close(Symbol::RightBracket, &open)?;
            accessors.push(built.expr);
        } else {
            break;
        }
    }
    parser.end()?;
    Ok(Target { name, accessors, span })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a word is taken by the grammar, so that it cannot stand for a variable.
#[must_use]
pub fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "AND"
            | "or"
            | "OR"
            | "not"
            | "NOT"
            | "in"
            | "null"
            | "Null"
            | "NULL"
            | "true"
            | "True"
            | "TRUE"
            | "false"
            | "False"
            | "FALSE"
    )
}

/// Binding strength of infix operators, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Compare,
    Add,
    Multiply,
    Prefix,
}

impl Level {
    fn of(op: BinaryOp) -> Self {
        match op {
            BinaryOp::Or => Self::Or,
            BinaryOp::And => Self::And,
            BinaryOp::Add | BinaryOp::Subtract => Self::Add,
            BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::FloorDivide | BinaryOp::Remainder => {
                Self::Multiply
            }
            _ => Self::Compare,
        }
    }

    /// What may stand on the right of an operator of this level.
    fn tighter(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Compare,
            Self::Compare => Self::Add,
            Self::Add => Self::Multiply,
            Self::Multiply | Self::Prefix => Self::Prefix,
        }
    }
}

/// A finished subtree, with the bytes it is written with.
struct Built {
    expr: Expr,
    range: Range<usize>,
    height: usize,
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Token<'s>>,
    at: usize,
    nesting: usize,
    map: &'s OffsetMap,
    base: usize,
    file: FileId,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, map: &'s OffsetMap, base: usize, file: FileId) -> Parsed<Self> {
        let mut parser = Self { source, tokens: Vec::new(), at: 0, nesting: 0, map, base, file };
        match lexer::tokens(source) {
            Ok(tokens) => parser.tokens = tokens,
            Err(error) => return Err(parser.lexical(error)),
        }
        Ok(parser)
    }

    /// The place of a range of the source in the file.
    fn span(&self, range: Range<usize>) -> Span {
        let start = self.map.to_file(self.base + range.start);
        Span::new(self.file, start..self.map.to_file(self.base + range.end).max(start))
    }

    fn peek(&self) -> Option<&TokenKind<'s>> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn peek_symbol(&self) -> Option<Symbol> {
        match self.peek() {
            Some(TokenKind::Symbol(symbol)) => Some(*symbol),
            _ => None,
        }
    }

    /// Where the next token is, or the end.
    fn here(&self) -> Range<usize> {
        let end = self.source.trim_end().len();
        self.tokens.get(self.at).map_or(end..end, |token| token.range.clone())
    }

    fn eat(&mut self, symbol: Symbol) -> Option<Range<usize>> {
        (self.peek_symbol() == Some(symbol)).then(|| {
            let range = self.here();
            self.at += 1;
            range
        })
    }

    fn end(&self) -> Parsed<()> {
        if self.at < self.tokens.len() {
            Err(self.unexpected("an operator or the end of the expression"))
        } else {
            Ok(())
        }
    }

    fn close(&mut self, symbol: Symbol, open: &Range<usize>) -> Parsed<Range<usize>> {
        match self.eat(symbol) {
            Some(range) => Ok(range),
            None => Err(self.unclosed(symbol, open)),
        }
    }

    fn build(&self, kind: ExprKind, range: Range<usize>, height: usize) -> Parsed<Built> {
        if height > MAX_HEIGHT {
            return Err(self.too_long(range));
        }
        Ok(Built { expr: Expr { kind, span: self.span(range.clone()) }, range, height })
    }

    /// Runs `parse` one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= MAX_NESTING {
            return Err(self.too_deep());
        }
        self.nesting += 1;
        let result = parse(self);
        self.nesting -= 1;
        result
    }

    /// An expression whose infix operators all bind at least as tight as `least`.
    fn expression(&mut self, least: Level) -> Parsed<Built> {
        let mut left = self.unary()?;
        while let Some((op, width)) = self.infix()? {
            let level = Level::of(op);
            if level < least {
                break;
            }
            self.at += width;
            let right = self.expression(level.tighter())?;
            left = self.join(left, op, right)?;
            if level == Level::Compare && self.infix()?.is_some_and(|(op, _)| Level::of(op) == level) {
                return Err(self.chained());
            }
        }
        Ok(left)
    }

    fn join(&self, left: Built, op: BinaryOp, right: Built) -> Parsed<Built> {
        let height = left.height.max(right.height) + 1;
        let range = left.range.start..right.range.end;
        self.build(ExprKind::Binary(Box::new(left.expr), op, Box::new(right.expr)), range, height)
    }

    /// The infix operator that comes next, and of how many tokens it consists.
    fn infix(&self) -> Parsed<Option<(BinaryOp, usize)>> {
        let op = match self.peek() {
            Some(TokenKind::Word("or" | "OR")) => BinaryOp::Or,
            Some(TokenKind::Word("and" | "AND")) => BinaryOp::And,
            Some(TokenKind::Word("in")) => BinaryOp::In,
            Some(TokenKind::Word("not" | "NOT")) => {
                return match self.tokens.get(self.at + 1).map(|token| &token.kind) {
                    Some(TokenKind::Word("in")) => Ok(Some((BinaryOp::NotIn, 2))),
                    _ => Err(self.unexpected("an operator")),
                };
            }
            Some(TokenKind::Symbol(symbol)) => match symbol {
                Symbol::Plus => BinaryOp::Add,
                Symbol::Minus => BinaryOp::Subtract,
                Symbol::Star => BinaryOp::Multiply,
                Symbol::Slash => BinaryOp::Divide,
                Symbol::SlashSlash => BinaryOp::FloorDivide,
                Symbol::Percent => BinaryOp::Remainder,
                Symbol::Equal => BinaryOp::Equal,
                Symbol::NotEqual => BinaryOp::NotEqual,
                Symbol::Less => BinaryOp::Less,
                Symbol::LessEqual => BinaryOp::LessEqual,
                Symbol::Greater => BinaryOp::Greater,
                Symbol::GreaterEqual => BinaryOp::GreaterEqual,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some((op, 1)))
    }

    fn unary(&mut self) -> Parsed<Built> {
        let op = match self.peek() {
            Some(TokenKind::Word("not" | "NOT")) => UnaryOp::Not,
            Some(TokenKind::Symbol(Symbol::Minus)) => UnaryOp::Negate,
            Some(TokenKind::Symbol(Symbol::Plus)) => UnaryOp::Plus,
            _ => return self.postfix(),
        };
        let start = self.here().start;
        self.at += 1;
        if op == UnaryOp::Negate && matches!(self.peek(), Some(TokenKind::Int(MIN_MAGNITUDE))) {
            let end = self.here().end;
            self.at += 1;
            return self.build(ExprKind::Int(i64::MIN), start..end, 1);
        }
        let operand = self.nested(Self::unary)?;
        let range = start..operand.range.end;
        self.build(ExprKind::Unary(op, Box::new(operand.expr)), range, operand.height + 1)
    }

    fn postfix(&mut self) -> Parsed<Built> {
        // Only names and dotted names can be called.
        let mut callable = matches!(self.peek(), Some(TokenKind::Word(word)) if !is_keyword(word));
        let mut base = self.primary()?;
        loop {
            let start = base.range.start;
            if self.eat(Symbol::Dot).is_some() {
                let (name, range) = self.member_name()?;
                let whole = start..range.end;
                let name = Spanned::new(name, self.span(range));
                base = self.build(ExprKind::Member(Box::new(base.expr), name), whole, base.height + 1)?;
            } else if let Some(open) = self.eat(Symbol::LeftBracket) {
                let index = self.nested(|parser| parser.expression(Level::Or))?;
                let end = self.close(Symbol::RightBracket, &open)?.end;
                let height = base.height.max(index.height) + 1;
                let kind = ExprKind::Index(Box::new(base.expr), Box::new(index.expr));
                base = self.build(kind, start..end, height)?;
                callable = false;
            } else if self.peek_symbol() == Some(Symbol::LeftParen) {
                if !callable {
                    return Err(self.not_callable(base.range));
                }
                let open = self.here();
                self.at += 1;
                let (args, end, height) = self.items(Symbol::RightParen, &open)?;
                let height = base.height.max(height) + 1;
                base = self.build(ExprKind::Call(Box::new(base.expr), args), start..end, height)?;
                callable = false;
            } else {
                return Ok(base);
            }
        }
    }

    /// Expressions between commas up to `close`, the end of that, and the greatest height.
    fn items(&mut self, close: Symbol, open: &Range<usize>) -> Parsed<(Vec<Expr>, usize, usize)> {
        let mut items = Vec::new();
        let mut height = 0;
        if let Some(range) = self.eat(close) {
            return Ok((items, range.end, height));
        }
        loop {
            let item = self.nested(|parser| parser.expression(Level::Or))?;
            height = height.max(item.height);
            items.push(item.expr);
            if self.eat(Symbol::Comma).is_none() {
                let end = self.close(close, open)?.end;
                return Ok((items, end, height));
            }
        }
    }

    fn primary(&mut self) -> Parsed<Built> {
        let range = self.here();
        let kind = match self.peek() {
            Some(TokenKind::Int(magnitude)) => match i64::try_from(*magnitude) {
                Ok(value) => ExprKind::Int(value),
                Err(_) => return Err(self.out_of_range(range)),
            },
            Some(TokenKind::Float(value)) => ExprKind::Float(*value),
            Some(TokenKind::Str(value)) => ExprKind::Str(value.clone()),
            Some(TokenKind::Word(word)) => match *word {
                "null" => ExprKind::Null,
                "true" | "True" | "TRUE" => ExprKind::Bool(true),
                "false" | "False" | "FALSE" => ExprKind::Bool(false),
                word if is_keyword(word) => return Err(self.unexpected("a value")),
                name => ExprKind::Name(name.to_owned()),
            },
            Some(TokenKind::Symbol(Symbol::LeftParen)) => {
                self.at += 1;
                let mut inner = self.nested(|parser| parser.expression(Level::Or))?;
                let end = self.close(Symbol::RightParen, &range)?.end;
                inner.range = range.start..end;
                inner.expr.span = self.span(inner.range.clone());
                return Ok(inner);
            }
            Some(TokenKind::Symbol(Symbol::LeftBracket)) => {
                self.at += 1;
                let (items, end, height) = self.items(Symbol::RightBracket, &range)?;
                return self.build(ExprKind::List(items), range.start..end, height + 1);
            }
            _ => return Err(self.unexpected("a value")),
        };
        self.at += 1;
        self.build(kind, range, 1)
    }

    fn name(&mut self, expected: &str) -> Parsed<(String, Range<usize>)> {
        match self.peek() {
            Some(TokenKind::Word(word)) => {
                let found = ((*word).to_owned(), self.here());
                self.at += 1;
                Ok(found)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    fn member_name(&mut self) -> Parsed<(String, Range<usize>)> {
        self.name("a name after `.`").map_err(|error| match error.help {
            Some(_) => error,
            None => {
                SyntaxError { help: Some("write other keys in brackets: `map[\"key\"]`".to_owned()), ..error }
            }
        })
    }
}

#[cfg(test)]
mod tests;
