#include "tiles/pmtiles_directory.hpp"

#include "geo/error.hpp"
#include "tiles/limits.hpp"

#include <fmt/format.h>
#include <protozero/exception.hpp>
#include <protozero/varint.hpp>

#include <algorithm>
#include <iterator>
#include <limits>

namespace keyaki::tiles {

namespace {

/// One varint for each of an entry's four columns, at least.
constexpr std::size_t min_entry_bytes = 4;

class DirectoryReader {
  public:
    DirectoryReader(std::string_view bytes, const DirectoryFrame &frame, std::string_view where)
        : m_at(bytes.data()), m_end(bytes.data() + bytes.size()), m_frame(frame), m_where(where) {}

    PmtilesDirectory read() {
        PmtilesDirectory entries(take_count());
        take_ids(entries);
        take_run_lengths(entries);
        take_lengths(entries);
        take_offsets(entries);
        if (m_at != m_end) {
            refuse(fmt::format("expected {} entries and nothing more, found {} bytes behind them", entries.size(), m_end - m_at));
        }
        return entries;
    }

  private:
    [[noreturn]] void refuse(const std::string &what) const { throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", m_where, what)); }
    [[noreturn]] void refuse_entry(std::size_t index, const std::string &what) const { refuse(fmt::format("entry {}: {}", index, what)); }

    std::uint64_t take() {
        try {
            return protozero::decode_varint(&m_at, m_end);
        } catch (const protozero::exception &) {
            refuse("expected a whole number, found the directory's end or more than 64 bits");
        }
    }

    std::size_t take_count() {
        const std::uint64_t count = take();
        const auto room = static_cast<std::uint64_t>(m_end - m_at) / min_entry_bytes;
        if (count == 0 || count > max_directory_entries || count > room) {
            refuse(fmt::format("expected 1 to {} entries, found a count of {} before {} bytes", max_directory_entries, count, m_end - m_at));
        }
        return static_cast<std::size_t>(count);
    }

    void take_ids(PmtilesDirectory &entries) {
        std::uint64_t id = 0;
        for (std::size_t index = 0; index < entries.size(); ++index) {
            const std::uint64_t step = take();
            if (step >= m_frame.end_id || id + step >= m_frame.end_id || id + step < m_frame.first_id || (index > 0 && step == 0)) {
                refuse_entry(index, fmt::format("expected an id that is larger than the one before, {}, from {} and below {}, found a step of {}", id,
                                                m_frame.first_id, m_frame.end_id, step));
            }
            id += step;
            entries[index].id = id;
        }
        if (m_frame.begins_with_first_id && entries.front().id != m_frame.first_id) {
            refuse_entry(0, fmt::format("expected the id that the directory above says, {}, found {}", m_frame.first_id, entries.front().id));
        }
    }

    void take_run_lengths(PmtilesDirectory &entries) {
        for (std::size_t index = 0; index < entries.size(); ++index) {
            const std::uint64_t next = index + 1 < entries.size() ? entries[index + 1].id : m_frame.end_id;
            const std::uint64_t run = take();
            if (run > next - entries[index].id || run > std::numeric_limits<std::uint32_t>::max()) {
                refuse_entry(index, fmt::format("expected a run of tiles that ends before the next id, {}, found {} tiles from {}", next, run,
                                                entries[index].id));
            }
            if (run == 0 && !m_frame.may_have_leaves) {
                refuse_entry(index, fmt::format("expected tiles, found a leaf directory more than {} below the root", max_leaf_depth));
            }
            entries[index].run_length = static_cast<std::uint32_t>(run);
        }
    }

    void take_lengths(PmtilesDirectory &entries) {
        for (std::size_t index = 0; index < entries.size(); ++index) {
            const std::uint64_t length = take();
            if (length == 0 || length > std::numeric_limits<std::uint32_t>::max()) {
                refuse_entry(index, fmt::format("expected a length of 1 to 2^32-1 bytes, found {}", length));
            }
            entries[index].length = static_cast<std::uint32_t>(length);
        }
    }

    void take_offsets(PmtilesDirectory &entries) {
        for (std::size_t index = 0; index < entries.size(); ++index) {
            PmtilesEntry &entry = entries[index];
            const std::uint64_t value = take();
            if (value == 0 && index == 0) {
                refuse_entry(index, "expected an offset, found \"behind the entry before\" in the first one");
            }
            entry.offset = value > 0 ? value - 1 : entries[index - 1].offset + entries[index - 1].length;
            const std::uint64_t room = entry.is_leaf() ? m_frame.leaves_bytes : m_frame.tile_data_bytes;
            if (entry.offset > room || entry.length > room - entry.offset) {
                refuse_entry(index, fmt::format("expected bytes within the {} of the {}, found {} bytes at {}", room,
                                                entry.is_leaf() ? "leaf directories" : "tile data", entry.length, entry.offset));
            }
        }
    }

    const char *m_at;
    const char *m_end;
    const DirectoryFrame &m_frame;
    std::string_view m_where;
};

void put(std::string &bytes, std::uint64_t number) { protozero::write_varint(std::back_inserter(bytes), number); }

} // namespace

std::string encode(std::span<const PmtilesEntry> entries) {
    std::string bytes;
    put(bytes, entries.size());
    std::uint64_t id = 0;
    for (const PmtilesEntry &entry : entries) {
        put(bytes, entry.id - id);
        id = entry.id;
    }
    for (const PmtilesEntry &entry : entries) {
        put(bytes, entry.run_length);
    }
    for (const PmtilesEntry &entry : entries) {
        put(bytes, entry.length);
    }
    for (std::size_t index = 0; index < entries.size(); ++index) {
        const bool follows = index > 0 && entries[index].offset == entries[index - 1].offset + entries[index - 1].length;
        put(bytes, follows ? 0 : entries[index].offset + 1);
    }
    return bytes;
}

PmtilesDirectory decode_pmtiles_directory(std::string_view bytes, const DirectoryFrame &frame, std::string_view where) {
    return DirectoryReader(bytes, frame, where).read();
}

const PmtilesEntry *find_entry(const PmtilesDirectory &directory, std::uint64_t id) noexcept {
    const auto after =
        std::upper_bound(directory.begin(), directory.end(), id, [](std::uint64_t wanted, const PmtilesEntry &entry) { return wanted < entry.id; });
    if (after == directory.begin()) {
        return nullptr;
    }
    const PmtilesEntry &entry = *std::prev(after);
    return entry.is_leaf() || id - entry.id < entry.run_length ? &entry : nullptr;
}

} // namespace keyaki::tiles
