//! The packets of a capture file, counted as Wireshark counts them.

use pcap_parser::{
    Block, EPB_MAGIC, InterfaceDescriptionBlock, SPB_MAGIC, parse_block_be, parse_block_le, parse_pcap_frame,
    parse_pcap_frame_be, parse_pcap_header, traits::PcapNGPacketBlock as _,
};

use super::Trouble;

/// One captured packet.
pub(super) struct Frame<'a> {
    /// Counted from 1.
    pub(super) number: u32,
    /// Seconds since 1970.
    pub(super) seconds: i64,
    /// The kind of network, by its number in the registry of tcpdump.
    pub(super) link: u16,
    /// From the header of the link on.
    pub(super) bytes: &'a [u8],
    /// Its end was not captured.
    pub(super) cut: bool,
}

/// How the reading of frames ended.
#[derive(Default)]
pub(super) struct End {
    pub(super) packets: u32,
    pub(super) holds_keys: bool,
    pub(super) trouble: Option<Trouble>,
}

/// The block of pcapng that old versions wrote packets in.
const OLD_PACKET_BLOCK: u32 = 2;

/// `.pcap` of either byte order, with micro- or nanoseconds.
pub(super) fn is_pcap(head: &[u8]) -> bool {
    matches!(
        head.get(..4),
        Some(
            [0xd4, 0xc3, 0xb2, 0xa1]
                | [0xa1, 0xb2, 0xc3, 0xd4]
                | [0x4d, 0x3c, 0xb2, 0xa1]
                | [0xa1, 0xb2, 0x3c, 0x4d]
        )
    )
}

/// `.pcapng`: a section header block, with the mark of its byte order behind type and length.
pub(super) fn is_pcapng(head: &[u8]) -> bool {
    head.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a])
        && matches!(head.get(8..12), Some([0x1a, 0x2b, 0x3c, 0x4d] | [0x4d, 0x3c, 0x2b, 0x1a]))
}

/// Shows every packet of a file, in order.
pub(super) fn each<'a>(bytes: &'a [u8], visit: &mut dyn FnMut(Frame<'a>)) -> End {
    if is_pcapng(bytes) { pcapng(bytes, visit) } else { pcap(bytes, visit) }
}

fn pcap<'a>(bytes: &'a [u8], visit: &mut dyn FnMut(Frame<'a>)) -> End {
    let mut end = End::default();
    let Ok((mut rest, header)) = parse_pcap_header(bytes) else {
        end.trouble = Some(Trouble::Header);
        return end;
    };
    let parse = if header.is_bigendian() { parse_pcap_frame_be } else { parse_pcap_frame };
    while !rest.is_empty() {
        let Ok((next, packet)) = parse(rest) else {
            end.trouble = Some(Trouble::EndsInside(end.packets + 1));
            break;
        };
        rest = next;
        end.packets += 1;
        visit(Frame {
            number: end.packets,
            seconds: i64::from(packet.ts_sec),
            // What stands above these bits says how long a checksum is.
            link: header.network.0.cast_unsigned() as u16,
            bytes: packet.data,
            cut: packet.caplen < packet.origlen,
        });
    }
    end
}

/// What an interface says about its packets.
struct Interface {
    link: u16,
    /// Ticks of its clock in a second.
    ticks: u64,
    offset: i64,
}

impl Interface {
    fn of(block: &InterfaceDescriptionBlock<'_>) -> Self {
        Self {
            link: block.linktype.0.cast_unsigned() as u16,
            ticks: block.ts_resolution().filter(|ticks| *ticks > 0).unwrap_or(1_000_000),
            offset: block.if_tsoffset,
        }
    }
}

fn pcapng<'a>(bytes: &'a [u8], visit: &mut dyn FnMut(Frame<'a>)) -> End {
    let mut end = End::default();
    let mut rest = bytes;
    let mut interfaces: Vec<Interface> = Vec::new();
    let mut big_endian = false;
    while !rest.is_empty() {
        if is_pcapng(rest) {
            // Each section has its own byte order and its own interfaces.
            big_endian = rest.get(8) == Some(&0x1a);
            interfaces.clear();
        }
        let parse = if big_endian { parse_block_be } else { parse_block_le };
        let Ok((next, block)) = parse(rest) else {
            let Some((kind, next)) = pass_over(rest, big_endian) else {
                end.trouble.get_or_insert(Trouble::EndsInside(end.packets + 1));
                break;
            };
            end.trouble.get_or_insert(Trouble::DamagedBehind(end.packets));
            end.packets += u32::from(matches!(kind, EPB_MAGIC | SPB_MAGIC));
            rest = next;
            continue;
        };
        let length = rest.len() - next.len();
        match &block {
            Block::InterfaceDescription(block) => interfaces.push(Interface::of(block)),
            Block::EnhancedPacket(packet) => {
                end.packets += 1;
                if let Some(interface) = interfaces.get(packet.if_id as usize) {
                    let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                    let seconds = i64::try_from(ticks / interface.ticks).unwrap_or(i64::MAX);
                    // The packet stands behind seven numbers of four bytes.
                    visit(Frame {
                        number: end.packets,
                        seconds: seconds.saturating_add(interface.offset),
                        link: interface.link,
                        bytes: part(rest, length, 28, packet.packet_data().len()),
                        cut: packet.caplen < packet.origlen,
                    });
                }
            }
            Block::SimplePacket(packet) => {
                end.packets += 1;
                if let Some(interface) = interfaces.first() {
                    let held = packet.packet_data().len();
                    visit(Frame {
                        number: end.packets,
                        seconds: 0,
                        link: interface.link,
                        bytes: part(rest, length, 12, held),
                        cut: held < packet.origlen as usize,
                    });
                }
            }
            Block::DecryptionSecrets(_) => end.holds_keys = true,
            Block::Unknown(block) => {
                let kind = if big_endian { block.block_type.swap_bytes() } else { block.block_type };
                end.packets += u32::from(kind == OLD_PACKET_BLOCK);
            }
            _ => {}
        }
        rest = next;
    }
    end
}

/// The bytes of a packet in its block. The blocks of the parser lend them for their own life only.
fn part(rest: &[u8], block: usize, start: usize, length: usize) -> &[u8] {
    let block = rest.get(..block).unwrap_or_default();
    let packet = block.get(start..).unwrap_or_default();
    packet.get(..length).unwrap_or(packet)
}

/// Kind of a block that cannot be read, and what follows it. `None`: its length leads nowhere.
fn pass_over(rest: &[u8], big_endian: bool) -> Option<(u32, &[u8])> {
    let number = |at: usize| {
        let four: [u8; 4] = rest.get(at..at + 4)?.try_into().ok()?;
        Some(if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    };
    let (kind, length) = (number(0)?, number(4)? as usize);
    if length < 12 { None } else { Some((kind, rest.get(length..)?)) }
}
