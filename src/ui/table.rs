//! Plain tables: columns aligned, the last one free.

/// Rows under a head, columns two spaces apart; no trailing spaces.
pub fn draw(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.len()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(console::measure_text_width(cell));
        }
    }
    let mut out = line(&widths, head.iter().copied());
    for row in rows {
        out.push_str(&line(&widths, row.iter().map(String::as_str)));
    }
    out
}

fn line<'a>(widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (width, cell) in widths.iter().zip(cells) {
        out.push_str(cell);
        out.push_str(&" ".repeat(width + 2 - console::measure_text_width(cell)));
    }
    format!("{}\n", out.trim_end())
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["a".into(), "b".into()], vec!["long".into(), "c".into()]];
        assert_eq!(super::draw(&["x", "y"], &rows), "x     y\na     b\nlong  c\n");
    }
}
