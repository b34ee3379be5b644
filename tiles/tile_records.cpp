#include "tiles/tile_records.hpp"

#include "tiles/byte_coding.hpp"
#include "tiles/limits.hpp"

#include <algorithm>
#include <span>

namespace keyaki::tiles {

namespace {

/// A key and a length: three numbers of up to ten bytes, one of five, and a byte.
constexpr std::size_t longest_record_head = 36;

void put_content(std::string &bytes, const TileRecord &record) {
    bytes.push_back(static_cast<char>(static_cast<std::uint8_t>(record.type) | (record.has_direction ? 0x80U : 0U)));
    put_text(bytes, record.fields);
    bytes += record.geometry;
}

void take_content(std::string_view bytes, TileRecord &record) {
    ByteReader reader(bytes);
    const std::uint8_t head = reader.byte();
    record.type = static_cast<MvtGeometryType>(head & 0x7FU);
    record.has_direction = (head & 0x80U) != 0;
    record.fields = reader.text();
    record.geometry = reader.rest();
}

void put_key(std::string &bytes, const TileRecordKey &key) {
    put_number(bytes, key.tile);
    bytes.push_back(static_cast<char>(key.layer));
    put_signed(bytes, key.rank);
    put_number(bytes, key.id);
}

TileRecordKey take_key(ByteReader &reader) {
    TileRecordKey key;
    key.tile = reader.number();
    key.layer = reader.byte();
    key.rank = static_cast<std::int32_t>(reader.signed_number());
    key.id = reader.number();
    return key;
}

} // namespace

void TileRecordSorter::Piece::sort() {
    std::sort(entries.begin(), entries.end(), [this](const Entry &a, const Entry &b) {
        return a.key != b.key ? a.key < b.key
                              : content(a) < content(b); // a map names a feature once in a layer; if it does not, it is the same map still
    });
}

TileRecordSorter::TileRecordSorter(const std::filesystem::path &path, unsigned threads, std::size_t memory_bytes)
    : m_file(path), m_pieces(threads), m_memory_bytes(memory_bytes) {}

void TileRecordSorter::add(const TileRecord &record, unsigned thread) {
    Piece &piece = m_pieces[thread];
    const std::size_t begin = piece.bytes.size();
    put_key(piece.bytes, record.key);
    piece.scratch.clear();
    put_content(piece.scratch, record);
    put_text(piece.bytes, piece.scratch);
    piece.entries.push_back(
        {record.key, begin, static_cast<std::uint32_t>(piece.bytes.size() - begin), static_cast<std::uint32_t>(piece.scratch.size())});
    if (piece.bytes.size() + piece.entries.size() * sizeof(Piece::Entry) >= m_memory_bytes / m_pieces.size()) {
        write_out(piece);
    }
}

void TileRecordSorter::write_out(Piece &piece) {
    piece.sort();
    const Run run{m_file.reserve(piece.bytes.size()), piece.bytes.size()};
    std::uint64_t offset = run.offset;
    std::string block;
    const auto write = [&] {
        m_file.write(offset, block);
        offset += block.size();
        block.clear();
    };
    for (const Piece::Entry &entry : piece.entries) {
        block += piece.whole(entry);
        if (block.size() >= tile_record_buffer_bytes) {
            write();
        }
    }
    write();
    const std::lock_guard lock(m_mutex);
    m_runs.push_back(run);
    piece.entries.clear();
    piece.bytes.clear();
}

TileRecordSorter::Reading TileRecordSorter::read() { return Reading(*this); }

TileRecordSorter::Reading::Reading(TileRecordSorter &sorter) : m_sorter(sorter) {
    if (!sorter.m_runs.empty()) { // then memory is for the buffers
        for (Piece &piece : sorter.m_pieces) {
            if (!piece.entries.empty()) {
                sorter.write_out(piece);
            }
            piece = {};
        }
        m_buffer_bytes = std::clamp(sorter.m_memory_bytes / sorter.m_runs.size(), least_record_buffer_bytes, tile_record_buffer_bytes);
    }
    m_sources.reserve(sorter.m_pieces.size() + sorter.m_runs.size());
    for (Piece &piece : sorter.m_pieces) {
        piece.sort();
        m_sources.emplace_back().piece = &piece;
    }
    for (const Run &run : sorter.m_runs) {
        m_sources.emplace_back().unread = run;
    }
    for (Source &source : m_sources) {
        advance(source);
        if (!source.at_end) {
            m_heap.push_back(&source);
        }
    }
    std::make_heap(m_heap.begin(), m_heap.end(), comes_later);
}

bool TileRecordSorter::Reading::comes_later(const Source *a, const Source *b) {
    return a->record.key != b->record.key ? a->record.key > b->record.key : a->content > b->content;
}

/// At least so many bytes from the position on, as far as the run has them.
void TileRecordSorter::Reading::fill(Source &source, std::size_t wanted) {
    const std::size_t held = source.buffer.size() - source.position;
    if (held >= wanted || source.unread.size == 0) {
        return;
    }
    source.buffer.erase(0, source.position);
    source.position = 0;
    const std::uint64_t more = std::min<std::uint64_t>(std::max(wanted, m_buffer_bytes) - held, source.unread.size);
    source.buffer.resize(held + more);
    m_sorter.m_file.read(source.unread.offset, std::span(source.buffer).subspan(held));
    source.unread = {source.unread.offset + more, source.unread.size - more};
}

void TileRecordSorter::Reading::advance_in_file(Source &source) {
    fill(source, longest_record_head);
    if (source.position == source.buffer.size()) {
        source.at_end = true;
        return;
    }
    ByteReader head(std::string_view(source.buffer).substr(source.position));
    source.record.key = take_key(head);
    const std::uint64_t size = head.number();
    source.position += head.position();
    fill(source, size);
    source.content = std::string_view(source.buffer).substr(source.position, size);
    source.position += size;
}

void TileRecordSorter::Reading::advance(Source &source) {
    if (source.piece == nullptr) {
        advance_in_file(source);
    } else if (source.next_entry == source.piece->entries.size()) {
        source.at_end = true;
    } else {
        const Piece::Entry &entry = source.piece->entries[source.next_entry++];
        source.record.key = entry.key;
        source.content = source.piece->content(entry);
    }
    if (!source.at_end) {
        take_content(source.content, source.record);
    }
}

const TileRecord *TileRecordSorter::Reading::next() {
    if (m_given != nullptr) {
        advance(*m_given);
        if (m_given->at_end) {
            m_heap.pop_back();
        } else {
            std::push_heap(m_heap.begin(), m_heap.end(), comes_later);
        }
    }
    if (m_heap.empty()) {
        m_given = nullptr;
        return nullptr;
    }
    std::pop_heap(m_heap.begin(), m_heap.end(), comes_later);
    m_given = m_heap.back();
    return &m_given->record;
}

} // namespace keyaki::tiles
