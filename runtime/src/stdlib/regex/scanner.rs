//! Reads a pattern character by character, with the escapes that stand for one character.

/// Why a pattern is invalid.
pub(super) type Invalid = String;

/// The rest of a pattern.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    rest: &'a str,
}

/// What a backslash and its followers mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Escape {
    /// A character.
    Char(char),
    /// `\d` and its like: the letter in lower case, and whether it is negated.
    Perl(char, bool),
    /// `\p`: the name, and whether it is negated.
    Unicode(String, bool),
    /// `\A`, `\z`, `\b`, `\B`, `\Q`: the letter.
    Other(char),
}

impl<'a> Scanner<'a> {
    pub(super) fn new(pattern: &'a str) -> Self {
        Self { rest: pattern }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    /// Goes past a text if it is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The text before a delimiter; goes past both.
    pub(super) fn until(&mut self, delimiter: &str) -> Option<&'a str> {
        let (text, rest) = self.rest.split_once(delimiter)?;
        self.rest = rest;
        Some(text)
    }

    /// All that is left.
    pub(super) fn take_rest(&mut self) -> &'a str {
        std::mem::take(&mut self.rest)
    }

    /// A number in decimal digits; none, and nothing read, without a digit.
    pub(super) fn number(&mut self) -> Option<u32> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at_checked(length)?;
        if digits.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(digits.parse().unwrap_or(u32::MAX))
    }

    /// What follows a backslash.
    pub(super) fn escape(&mut self) -> Result<Escape, Invalid> {
        let c = self.next().ok_or("it ends in a backslash")?;
        let char = match c {
            'd' | 's' | 'w' => return Ok(Escape::Perl(c, false)),
            'D' | 'S' | 'W' => return Ok(Escape::Perl(c.to_ascii_lowercase(), true)),
            'p' => return self.unicode(false),
            'P' => return self.unicode(true),
            'A' | 'z' | 'b' | 'B' | 'Q' => return Ok(Escape::Other(c)),
            'a' => '\u{7}',
            'f' => '\u{C}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{B}',
            'x' => self.hexadecimal()?,
            '0' => self.octal(0)?,
            '1'..='7' if self.peek().is_some_and(|next| next.is_digit(8)) => {
                self.octal(c.to_digit(8).unwrap_or_default())?
            }
            '1'..='9' => return Err(format!("\\{c} is a reference to a group, which is not supported")),
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            c => return Err(format!("unknown escape \\{c}")),
        };
        Ok(Escape::Char(char))
    }

    /// Up to two more digits of an octal number.
    fn octal(&mut self, first: u32) -> Result<char, Invalid> {
        let mut code = first;
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) else { break };
            self.next();
            code = code * 8 + digit;
        }
        char::from_u32(code).ok_or_else(|| "an octal escape is no character".to_owned())
    }

    fn hexadecimal(&mut self) -> Result<char, Invalid> {
        let digits = if self.eat("{") {
            self.until("}").ok_or("\\x{ lacks its }")?
        } else {
            let (digits, rest) = self.rest.split_at_checked(2).ok_or("\\x needs two hexadecimal digits")?;
            self.rest = rest;
            digits
        };
        let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        valid
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten()
            .and_then(char::from_u32)
            .ok_or_else(|| format!("\\x{digits} is no character"))
    }

    fn unicode(&mut self, mut negated: bool) -> Result<Escape, Invalid> {
        let name = if self.eat("{") {
            self.until("}").ok_or("\\p{ lacks its }")?.to_owned()
        } else {
            self.next().ok_or("\\p needs a name")?.to_string()
        };
        let name = match name.strip_prefix('^') {
            Some(rest) => {
                negated = !negated;
                rest.to_owned()
            }
            None => name,
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_') {
            return Err(format!("unknown character class \\p{{{name}}}"));
        }
        Ok(Escape::Unicode(name, negated))
    }
}
