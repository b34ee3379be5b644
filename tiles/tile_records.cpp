#include "tiles/tile_records.hpp"

#include "tiles/byte_coding.hpp"
#include "tiles/limits.hpp"

#include <algorithm>
#include <utility>

namespace keyaki::tiles {

namespace {

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
    : m_file(path), m_pieces(threads), m_piece_bytes(memory_bytes / threads) {}

void TileRecordSorter::add(const TileRecord &record, unsigned thread) {
    Piece &piece = m_pieces[thread];
    const std::size_t begin = piece.bytes.size();
    put_content(piece.bytes, record);
    piece.entries.push_back({record.key, begin, static_cast<std::uint32_t>(piece.bytes.size() - begin)});
    if (piece.bytes.size() + piece.entries.size() * sizeof(Piece::Entry) >= m_piece_bytes) {
        write_out(piece);
    }
}

void TileRecordSorter::write_out(Piece &piece) {
    piece.sort();
    std::string block;
    Run run; // several threads write, so its blocks lie apart
    const auto write = [&] {
        run.push_back({m_file.append(block), block.size()});
        block.clear();
    };
    for (const Piece::Entry &entry : piece.entries) {
        put_key(block, entry.key);
        put_number(block, entry.size);
        block += piece.content(entry);
        if (block.size() >= tile_record_buffer_bytes) {
            write();
        }
    }
    if (!block.empty()) {
        write();
    }
    const std::lock_guard lock(m_mutex);
    m_runs.push_back(std::move(run));
    piece.entries.clear();
    piece.bytes.clear();
}

TileRecordSorter::Reading TileRecordSorter::read() { return Reading(*this); }

TileRecordSorter::Reading::Reading(TileRecordSorter &sorter) : m_sorter(sorter) {
    for (Piece &piece : sorter.m_pieces) {
        piece.sort();
        Source source;
        source.piece = &piece;
        m_sources.push_back(std::move(source));
    }
    for (const Run &run : sorter.m_runs) {
        Source source;
        source.run = &run;
        m_sources.push_back(std::move(source));
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
    if (a->record.key != b->record.key) {
        return a->record.key > b->record.key;
    }
    return std::pair(a->record.fields, a->record.geometry) > std::pair(b->record.fields, b->record.geometry);
}

void TileRecordSorter::Reading::advance(Source &source) {
    if (source.piece != nullptr) {
        if (source.next_entry == source.piece->entries.size()) {
            source.at_end = true;
            return;
        }
        const Piece::Entry &entry = source.piece->entries[source.next_entry++];
        source.record.key = entry.key;
        take_content(source.piece->content(entry), source.record);
        return;
    }
    if (source.position == source.buffer.size()) { // blocks end between records
        if (source.next_block == source.run->size()) {
            source.at_end = true;
            return;
        }
        const Block &block = (*source.run)[source.next_block++];
        source.buffer.resize(block.size);
        m_sorter.m_file.read(block.offset, source.buffer);
        source.position = 0;
    }
    ByteReader reader(std::string_view(source.buffer).substr(source.position));
    source.record.key = take_key(reader);
    const std::uint64_t size = reader.number();
    source.position += reader.position();
    take_content(std::string_view(source.buffer).substr(source.position, size), source.record);
    source.position += size;
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
