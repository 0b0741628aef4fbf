use super::*;
use crate::crypto::CryptoError;

#[test]
fn integers_have_one_form() {
    let read = |der: &[u8]| Reader::new(der).integer().map(<[u8]>::to_vec);
    assert_eq!(read(&[2, 1, 0]), Ok(std::vec![0]));
    assert_eq!(read(&[2, 1, 0x7F]), Ok(std::vec![0x7F]));
    assert_eq!(read(&[2, 2, 0, 0x80]), Ok(std::vec![0x80]));
    for bad in [
        &[2, 0][..],
        &[2, 1, 0x80],
        &[2, 2, 0, 0x7F],
        &[2, 2, 0],
        &[3, 1, 1],
        &[2],
        &[],
    ] {
        assert_eq!(read(bad), Err(CryptoError::InvalidKey), "{bad:x?}");
    }
}

#[test]
fn lengths_have_one_form() {
    for len in [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x1234] {
        let content = std::vec![0x5A; len];
        let mut buffer = std::vec![0; len + 8];
        let mut writer = Writer::new(&mut buffer);
        writer.element(OCTET_STRING, &content).unwrap();
        let total = writer.finish();
        let mut reader = Reader::new(&buffer[..total]);
        assert_eq!(reader.element(OCTET_STRING), Ok(&content[..]));
        assert_eq!(reader.finish(), Ok(()));
    }
    let long_forms = [
        &[4, 0x81, 0x01, 9][..],
        &[4, 0x82, 0, 0x80],
        &[4, 0x80, 0, 0],
        &[4, 0x83, 0, 0, 1, 9],
    ];
    for bad in long_forms {
        assert_eq!(
            Reader::new(bad).element(OCTET_STRING),
            Err(CryptoError::InvalidKey)
        );
    }
}

#[test]
fn a_writer_stops_at_its_buffers_end() {
    let mut buffer = [0; 5];
    assert_eq!(
        Writer::new(&mut buffer).integer(&[0x80, 0, 0]),
        Err(CryptoError::TooLong)
    );
    assert_eq!(Writer::new(&mut buffer).integer(&[0x70, 0, 0]), Ok(()));
}
