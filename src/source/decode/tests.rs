//! What each kind of file decodes to, and that places survive the way back to disk.

use proptest::prelude::*;

use super::*;

fn utf16_bytes(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 { bom } => [if bom { &b"\xEF\xBB\xBF"[..] } else { b"" }, text.as_bytes()].concat(),
        Encoding::Utf16Le { bom } => {
            [if bom { vec![0xFF, 0xFE] } else { Vec::new() }, utf16_bytes(text, u16::to_le_bytes)].concat()
        }
        Encoding::Utf16Be { bom } => {
            [if bom { vec![0xFE, 0xFF] } else { Vec::new() }, utf16_bytes(text, u16::to_be_bytes)].concat()
        }
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
        Encoding::Oem850 => text.chars().filter_map(|c| (0..=255).find(|byte| oem850(*byte) == c)).collect(),
        Encoding::Binary => text.as_bytes().to_vec(),
    }
}

const ALL: [Encoding; 8] = [
    Encoding::Utf8 { bom: false },
    Encoding::Utf8 { bom: true },
    Encoding::Utf16Le { bom: false },
    Encoding::Utf16Le { bom: true },
    Encoding::Utf16Be { bom: false },
    Encoding::Utf16Be { bom: true },
    Encoding::Windows1252,
    Encoding::Oem850,
];

#[test]
fn each_encoding_is_recognised() {
    let line = "IP:port : 0.0.0.0:443 # Zürich\r\n";
    for encoding in ALL {
        // Code pages of one byte cannot be told from one another.
        let seen = if encoding == Encoding::Oem850 { Encoding::Windows1252 } else { encoding };
        let bytes = encode(line, encoding);
        assert_eq!(decode(&bytes).map(|(_, encoding)| encoding), Some(seen));
        assert_eq!(decode_as(&bytes, encoding).as_deref(), Some(line));
    }
}

#[test]
fn french_console_output_is_read_when_asked_for() {
    let bytes = b"Hachage du certificat\xA0: magasin \x85 v\x82rifier";
    assert_eq!(
        decode_as(bytes, Encoding::Oem850).as_deref(),
        Some("Hachage du certificatá: magasin à vérifier")
    );
    assert_eq!(oem850(0xFF), '\u{A0}');
    assert_eq!(OEM850.chars().count(), 128);
}

#[test]
fn stores_and_der_are_no_text() {
    assert!(looks_binary(b"\xFE\xED\xFE\xED\0\0\0\x02\0\0\0\x01"));
    assert!(looks_binary(b"0\x82\x01\xD40\x82\x01z\xA0\x03\x02\x01\x02\x02\x14d\xE3\x03"));
    assert!(looks_binary(b"PK\x03\x04\x14\0\x08\0\x08\0"));
    assert!(looks_binary(&[0; 64]));
    assert!(!looks_binary(b""));
    assert!(!looks_binary(b"-----END CERTIFICATE-----\n\0"));
    assert!(!looks_binary(b"caf\xE9"));
}

#[test]
fn broken_utf16_keeps_its_places() {
    // A lone surrogate between two letters, and half a unit at the end.
    let bytes = b"\xFF\xFEa\0\0\xD8b\0c\0=\0d\0e\0\n\0x";
    let (text, encoding) = decode(bytes).unwrap();
    assert_eq!(text, "a\u{FFFD}bc=de\n\u{FFFD}");
    let b = text.find('b').unwrap();
    assert_eq!(bytes[encoding.byte_on_disk(&text, b)], b'b');
    let last = text.rfind('\u{FFFD}').unwrap();
    assert_eq!(bytes[encoding.byte_on_disk(&text, last)], b'x');
}

#[test]
fn offsets_inside_and_beyond_characters_do_no_harm() {
    for encoding in ALL {
        assert_eq!(encoding.byte_on_disk("é", 1), encoding.byte_on_disk("é", 0));
        assert_eq!(encoding.byte_on_disk("é", 99), encoding.byte_on_disk("é", 2));
    }
}

proptest! {
    #[test]
    fn offsets_equal_the_length_of_what_is_before(text in any::<String>()) {
        for encoding in &ALL[..6] {
            let mut last = 0;
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let on_disk = encoding.byte_on_disk(&text, at);
                prop_assert_eq!(on_disk, encode(&text[..at], *encoding).len());
                prop_assert!(on_disk >= last);
                last = on_disk;
            }
        }
    }

    #[test]
    fn offsets_of_one_byte_code_pages_count_bytes(bytes in any::<Vec<u8>>()) {
        for encoding in [Encoding::Windows1252, Encoding::Oem850] {
            let text = decode_as(&bytes, encoding).unwrap();
            for (index, (at, _)) in text.char_indices().enumerate() {
                prop_assert_eq!(encoding.byte_on_disk(&text, at), index);
            }
            prop_assert_eq!(encoding.byte_on_disk(&text, text.len()), bytes.len());
        }
    }

    #[test]
    fn decoding_any_bytes_keeps_their_length(bytes in any::<Vec<u8>>()) {
        if let Some((text, encoding)) = decode(&bytes) {
            let length = encoding.byte_on_disk(&text, text.len());
            let stray = matches!(encoding, Encoding::Utf16Le { .. } | Encoding::Utf16Be { .. });
            prop_assert_eq!(length, if stray { bytes.len().next_multiple_of(2) } else { bytes.len() });
        }
    }
}
