//! The formats of strings and numbers in Google's JSON: <https://developers.google.com/discovery/v1/type-format>.

/// What is wrong with a string of a format.
pub fn text(format: Option<&str>, text: &str) -> Option<String> {
    let (fits, what) = match format? {
        "int64" => (text.parse::<i64>().is_ok(), "spells no 64-bit integer"),
        "uint64" => (text.parse::<u64>().is_ok(), "spells no unsigned 64-bit integer"),
        "byte" => (is_base64(text), "is not base64"),
        "google-duration" => (is_duration(text), "is no duration in seconds (`3.5s`)"),
        "google-datetime" | "date-time" => (is_time(text), "is no time by RFC 3339"),
        "date" => (is_date(text), "is no date (`2026-11-22`)"),
        _ => return None,
    };
    (!fits).then(|| format!("`{text}` {what}"))
}

/// What is wrong with a number of a format.
pub fn integer(format: Option<&str>, number: i128) -> Option<String> {
    let fits = match format? {
        "int32" => i32::try_from(number).is_ok(),
        "uint32" => u32::try_from(number).is_ok(),
        _ => true,
    };
    (!fits).then(|| format!("{number} does not fit {}", format.unwrap_or_default()))
}

/// Either alphabet; with or without padding, as Google's parsers take it.
fn is_base64(text: &str) -> bool {
    let bare = text.trim_end_matches('=');
    let padding = text.len() - bare.len();
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    bare.bytes().all(is_known) && bare.len() % 4 != 1 && (padding == 0 || text.len().is_multiple_of(4) && padding <= 2)
}

fn is_duration(text: &str) -> bool {
    let Some(number) = text.strip_suffix('s') else { return false };
    let number = number.strip_prefix('-').unwrap_or(number);
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    is_digits(whole) && is_digits(part) && part.len() <= 9
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let in_range = |text: &str, length: usize, most: u32| {
        text.len() == length && text.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number))
    };
    matches!(parts[..], [year, month, day] if in_range(year, 4, 9999) && in_range(month, 2, 12) && in_range(day, 2, 31))
}

fn is_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let (clock, has_zone) = match time.strip_suffix('Z') {
        Some(clock) => (clock, true),
        None => match time.rfind(['+', '-']) {
            Some(at) => (&time[..at], is_clock(&time[at + 1..], 2)),
            None => (time, false),
        },
    };
    let (clock, part) = clock.split_once('.').unwrap_or((clock, "0"));
    is_date(date) && has_zone && is_clock(clock, 3) && is_digits(part)
}

/// `count` numbers of two digits, between colons.
fn is_clock(text: &str, count: usize) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() == count && parts.iter().all(|part| part.len() == 2 && part.parse::<u8>().is_ok_and(|part| part < 61))
}
