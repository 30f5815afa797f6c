//! TCP connections: segments put in order of their sequence numbers, up to the first gap. Segments are slices of the
//! file until a connection is read, so many connections cost little memory.

use std::{collections::HashMap, net::SocketAddr};

use super::{Connection, Trouble, frame::Frame, handshake, packet::Segment};

/// So many connections are read.
pub(super) const MAX_CONNECTIONS: usize = 16_384;

/// So many bytes are read of one direction: handshakes stand at the start.
pub(super) const MAX_STREAM: usize = 16 << 20;

/// No handshake is longer than this.
const HANDSHAKE: usize = 1 << 20;

/// So many bytes are read of all connections together.
const MAX_TOTAL: usize = 128 << 20;

/// Connections on their way.
#[derive(Default)]
pub(super) struct Streams<'a> {
    all: Vec<Connected<'a>>,
    /// The connection that two ends have now, by the lower end first.
    open: HashMap<(SocketAddr, SocketAddr), usize>,
    refused: bool,
}

/// The segments of a connection; sides are 0 and 1.
pub(super) struct Connected<'a> {
    /// The end of side 0 and that of side 1.
    pub(super) ends: [SocketAddr; 2],
    /// The side that opened the connection.
    pub(super) opener: Option<usize>,
    /// In order of packets: the side, whether it is a reset, packet and time.
    pub(super) closes: Vec<(usize, bool, u32, i64)>,
    sides: [Side<'a>; 2],
}

#[derive(Default)]
struct Side<'a> {
    /// The sequence number of the first byte, where its SYN was captured.
    start: Option<u32>,
    /// What offsets count from.
    base: Option<u32>,
    pieces: Vec<Piece<'a>>,
}

struct Piece<'a> {
    /// From the first byte; negative where a capture starts late and packets overtake each other.
    offset: i32,
    bytes: &'a [u8],
    packet: u32,
    seconds: i64,
}

/// One direction in order.
#[derive(Default)]
pub(super) struct Stream {
    /// Up to the first gap.
    pub(super) bytes: Vec<u8>,
    marks: Vec<Mark>,
    /// Its start was not captured.
    pub(super) late: bool,
    /// The first packet behind the gap.
    pub(super) gap: Option<u32>,
    /// There is more than is read.
    over: bool,
}

/// Where a packet starts in the bytes of a stream.
#[derive(Copy, Clone, Default)]
pub(super) struct Mark {
    start: usize,
    pub(super) packet: u32,
    pub(super) seconds: i64,
    /// The packet with which all bytes up to here were there: a later one where packets overtook each other.
    pub(super) complete: u32,
}

impl Stream {
    /// The packet that holds a byte.
    pub(super) fn mark(&self, byte: usize) -> Mark {
        let at = self.marks.partition_point(|mark| mark.start <= byte);
        self.marks.get(at.saturating_sub(1)).copied().unwrap_or_default()
    }
}

impl<'a> Streams<'a> {
    /// Adds a segment to its connection.
    pub(super) fn add(&mut self, frame: &Frame<'a>, segment: &Segment<'a>) {
        let key =
            if segment.from <= segment.to { (segment.from, segment.to) } else { (segment.to, segment.from) };
        let known = self.open.get(&key).copied().filter(|at| !self.all[*at].is_over(segment));
        let at = if let Some(at) = known {
            at
        } else {
            if self.all.len() >= MAX_CONNECTIONS {
                self.refused = true;
                return;
            }
            self.all.push(Connected::new(segment));
            self.open.insert(key, self.all.len() - 1);
            self.all.len() - 1
        };
        self.all[at].add(frame, segment);
    }

    /// The connections with TLS on them.
    pub(super) fn connections(self) -> (Vec<Connection>, Vec<Trouble>) {
        let mut found = Vec::new();
        let mut troubles = Vec::new();
        let mut left = MAX_TOTAL;
        let mut over = false;
        for connected in self.all {
            let Connected { ends, opener, closes, sides } = connected;
            let streams = sides.map(|side| {
                let stream = side.in_order(left.min(MAX_STREAM));
                left -= stream.bytes.len();
                // A handshake stands at the start: what lies behind so much is its traffic.
                over |= stream.over && stream.bytes.len() < HANDSHAKE;
                stream
            });
            found.extend(handshake::connection(ends, opener, &closes, &streams));
        }
        if self.refused {
            troubles.push(Trouble::Streams);
        }
        if over {
            troubles.push(Trouble::Bytes);
        }
        (found, troubles)
    }
}

impl<'a> Connected<'a> {
    fn new(segment: &Segment<'a>) -> Self {
        Self {
            ends: [segment.from, segment.to],
            opener: None,
            closes: Vec::new(),
            sides: [Side::default(), Side::default()],
        }
    }

    fn side(&self, segment: &Segment<'_>) -> usize {
        usize::from(segment.from != self.ends[0])
    }

    /// The segment opens a new connection between the same ends.
    fn is_over(&self, segment: &Segment<'_>) -> bool {
        if !segment.tcp.syn() || segment.tcp.ack() {
            return false;
        }
        let at = self.side(segment);
        match self.sides[at].start.or(self.sides[at].base) {
            // A SYN that comes again has the number of the first one.
            Some(known) => known != first_byte(segment),
            // A capture that starts late may know the other side alone.
            None => !self.sides[1 - at].pieces.is_empty(),
        }
    }

    fn add(&mut self, frame: &Frame<'a>, segment: &Segment<'a>) {
        let at = self.side(segment);
        let side = &mut self.sides[at];
        let start = first_byte(segment);
        if segment.tcp.syn() {
            self.opener = self.opener.or(Some(if segment.tcp.ack() { 1 - at } else { at }));
            side.start.get_or_insert(start);
        }
        let base = *side.base.get_or_insert(start);
        if !segment.tcp.payload().is_empty() {
            side.pieces.push(Piece {
                offset: start.wrapping_sub(base).cast_signed(),
                bytes: segment.tcp.payload(),
                packet: frame.number,
                seconds: frame.seconds,
            });
        }
        let closed = |reset: bool| self.closes.iter().any(|(side, is, ..)| *side == at && *is == reset);
        if segment.tcp.rst() && !closed(true) {
            self.closes.push((at, true, frame.number, frame.seconds));
        } else if segment.tcp.fin() && !closed(false) {
            self.closes.push((at, false, frame.number, frame.seconds));
        }
    }
}

/// The sequence number of the first byte that a segment carries. SYN takes a number for itself.
fn first_byte(segment: &Segment<'_>) -> u32 {
    segment.tcp.sequence_number().wrapping_add(u32::from(segment.tcp.syn()))
}

impl Side<'_> {
    /// The bytes from the start up to the first gap, at most so many. What comes twice is taken once.
    fn in_order(mut self, limit: usize) -> Stream {
        let mut stream = Stream { late: self.start.is_none(), ..Stream::default() };
        self.pieces.sort_by_key(|piece| (piece.offset, piece.packet));
        // Without a SYN, the lowest number that was seen is the start.
        let start = match (self.start, self.base) {
            (Some(start), Some(base)) => i64::from(start.wrapping_sub(base).cast_signed()),
            _ => self.pieces.first().map_or(0, |piece| i64::from(piece.offset)),
        };
        for piece in &self.pieces {
            let held = i64::try_from(stream.bytes.len()).unwrap_or(i64::MAX);
            let known = start.saturating_add(held) - i64::from(piece.offset);
            if known < 0 {
                stream.gap = Some(piece.packet);
                break;
            }
            let Some(new) = usize::try_from(known).ok().and_then(|known| piece.bytes.get(known..)) else {
                continue;
            };
            if new.is_empty() {
                continue;
            }
            let room = limit - stream.bytes.len();
            let (start, packet, seconds) = (stream.bytes.len(), piece.packet, piece.seconds);
            let complete = stream.marks.last().map_or(packet, |mark| mark.complete.max(packet));
            stream.marks.push(Mark { start, packet, seconds, complete });
            stream.bytes.extend_from_slice(&new[..new.len().min(room)]);
            if new.len() > room {
                stream.over = true;
                break;
            }
        }
        stream
    }
}
