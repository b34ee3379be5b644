#include "tiles/pmtiles_reader.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "tiles/gzip.hpp"
#include "tiles/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>

namespace keyaki::tiles {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, sentence); }

std::uint64_t end_of_all_ids() { return geo::first_hilbert_id(geo::max_zoom + 1); }

/// Where the entry after `entry` begins, which ends what a leaf directory at `entry` may hold.
std::uint64_t end_of(const PmtilesDirectory &directory, const PmtilesEntry &entry, std::uint64_t end_id) {
    const PmtilesEntry *next = &entry + 1;
    return next == directory.data() + directory.size() ? end_id : next->id;
}

} // namespace

PmtilesReader::Shared PmtilesReader::KeptDirectories::find(std::uint64_t key) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_by_key.find(key);
    if (found == m_by_key.end()) {
        return nullptr;
    }
    m_order.splice(m_order.begin(), m_order, found->second);
    return found->second->second;
}

void PmtilesReader::KeptDirectories::keep(std::uint64_t key, Shared directory) {
    const std::lock_guard lock(m_mutex);
    if (m_by_key.contains(key)) {
        return; // another thread was faster
    }
    m_entries += directory->size();
    m_order.emplace_front(key, std::move(directory));
    m_by_key.emplace(key, m_order.begin());
    while (m_entries > max_kept_directory_entries && m_order.size() > 1) {
        m_entries -= m_order.back().second->size();
        m_by_key.erase(m_order.back().first);
        m_order.pop_back();
    }
}

/// What is passed on from directory to directory.
struct PmtilesReader::Walk {
    const std::function<void(const PmtilesEntry &)> &see;
    std::map<std::uint64_t, std::uint64_t> leaves; ///< where each begins and ends

    void visit(const PmtilesEntry &leaf, const std::string &name) {
        const std::uint64_t end = leaf.offset + leaf.length;
        const auto after = leaves.lower_bound(leaf.offset);
        const bool meets_next = after != leaves.end() && after->first < end;
        const bool meets_last = after != leaves.begin() && std::prev(after)->second > leaf.offset;
        if (meets_next || meets_last) {
            refuse(fmt::format("{}: expected each leaf directory once and by itself, found that of tile {} ({} bytes at {}) over another one", name,
                               leaf.id, leaf.length, leaf.offset));
        }
        leaves.emplace(leaf.offset, end);
    }
};

PmtilesReader::PmtilesReader(const std::filesystem::path &path) : PmtilesReader(std::make_shared<const MappedFile>(path)) {}

PmtilesReader::PmtilesReader(std::shared_ptr<const ArchiveBytes> bytes) : m_bytes(std::move(bytes)) {
    const std::string &name = m_bytes->name();
    m_header = decode_pmtiles_header(m_bytes->read(0, std::min<std::uint64_t>(m_bytes->size(), pmtiles_header_bytes)), m_bytes->size(), name);
    const std::string root = unpacked(m_header.root, max_directory_bytes, "root directory");
    m_root = decode_pmtiles_directory(root, frame(0, 0, end_of_all_ids()), name + ": root directory");
    if (m_header.metadata.length > 0) {
        m_metadata = unpacked(m_header.metadata, max_archive_metadata_bytes, "metadata");
    }
}

std::optional<std::string> PmtilesReader::find(geo::TileId tile) const {
    assert(geo::is_valid(tile));
    const std::uint64_t id = geo::hilbert_id(tile);
    std::uint64_t end_id = end_of_all_ids();
    Shared kept; // keeps the leaf in which `directory` lies
    const PmtilesDirectory *directory = &m_root;
    for (int depth = 1;; ++depth) {
        const PmtilesEntry *entry = find_entry(*directory, id);
        if (entry == nullptr) {
            return std::nullopt;
        }
        if (!entry->is_leaf()) {
            return read(*entry);
        }
        end_id = end_of(*directory, *entry, end_id);
        kept = find_leaf(*entry, depth, end_id);
        directory = kept.get();
    }
}

std::string PmtilesReader::read(const PmtilesEntry &entry) const {
    if (entry.length > max_tile_bytes) {
        refuse(fmt::format("{}: expected tiles of at most {} bytes, found tile {} of {}", m_bytes->name(), max_tile_bytes, entry.id, entry.length));
    }
    return m_bytes->read(m_header.tiles.offset + entry.offset, entry.length);
}

void PmtilesReader::for_each_entry(const std::function<void(const PmtilesEntry &)> &see) const {
    Walk all{see, {}};
    walk(m_root, 1, end_of_all_ids(), all);
}

void PmtilesReader::walk(const PmtilesDirectory &directory, int depth, std::uint64_t end_id, Walk &all) const {
    for (const PmtilesEntry &entry : directory) {
        if (!entry.is_leaf()) {
            all.see(entry);
            continue;
        }
        all.visit(entry, m_bytes->name());
        const std::uint64_t end_of_leaf = end_of(directory, entry, end_id);
        walk(read_leaf(entry, depth, end_of_leaf), depth + 1, end_of_leaf, all);
    }
}

std::string PmtilesReader::unpacked(const ByteRange &range, std::size_t max_bytes, const std::string &where) const {
    const std::string &name = m_bytes->name();
    const PmtilesCompression compression = m_header.internal_compression;
    if (compression != PmtilesCompression::none && compression != PmtilesCompression::gzip) {
        refuse(fmt::format("{}: expected directories and metadata that are plain or gzipped, found {}", name, name_of(compression)));
    }
    if (range.length > max_bytes) {
        refuse(fmt::format("{}: {}: expected at most {} bytes, found {}", name, where, max_bytes, range.length));
    }
    std::string bytes = m_bytes->read(range.offset, range.length);
    if (compression == PmtilesCompression::none) {
        return bytes;
    }
    try {
        return gunzip(bytes, max_bytes);
    } catch (const geo::Error &error) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}: {}", name, where, error.what()));
    }
}

DirectoryFrame PmtilesReader::frame(int depth, std::uint64_t first_id, std::uint64_t end_id) const {
    return {.first_id = first_id,
            .end_id = end_id,
            .tile_data_bytes = m_header.tiles.length,
            .leaves_bytes = m_header.leaves.length,
            .may_have_leaves = depth<max_leaf_depth, .begins_with_first_id = depth> 0};
}

PmtilesDirectory PmtilesReader::read_leaf(const PmtilesEntry &leaf, int depth, std::uint64_t end_id) const {
    const std::string where = fmt::format("leaf directory at {}", leaf.offset);
    const std::string bytes = unpacked({m_header.leaves.offset + leaf.offset, leaf.length}, max_directory_bytes, where);
    return decode_pmtiles_directory(bytes, frame(depth, leaf.id, end_id), fmt::format("{}: {}", m_bytes->name(), where));
}

PmtilesReader::Shared PmtilesReader::find_leaf(const PmtilesEntry &leaf, int depth, std::uint64_t end_id) const {
    // By where it is on the way down, not by where its bytes are: there is one such way to it, and its frame was checked on it.
    const std::uint64_t key = leaf.id * (max_leaf_depth + 1) + static_cast<std::uint64_t>(depth);
    if (Shared kept = m_kept->find(key)) {
        return kept;
    }
    auto read = std::make_shared<const PmtilesDirectory>(read_leaf(leaf, depth, end_id));
    m_kept->keep(key, read);
    return read;
}

} // namespace keyaki::tiles
