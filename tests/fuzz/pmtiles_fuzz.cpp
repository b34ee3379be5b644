// An archive of tiles from a stranger: whatever its bytes are, it opens or is refused, what is found lies in it, looking a tile up and reading all
// directories agree, and the checks end.
#include "geo/error.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/tiles/pmtiles_support.hpp"
#include "tiles/pmtiles_check.hpp"

#include <optional>

namespace {

using namespace keyaki;
using tiles::PmtilesEntry;

/// Only refusals of what the archive says are expected.
template <typename Do>
bool is_refused(const Do &act) {
    try {
        act();
        return false;
    } catch (const geo::Error &error) {
        KEYAKI_FUZZ_REQUIRE(error.kind() == geo::ErrorKind::invalid_input || error.kind() == geo::ErrorKind::too_large);
        return true;
    }
}

void look_up(const tiles::PmtilesReader &reader, const PmtilesEntry &entry) {
    for (const std::uint64_t id : {entry.id, entry.id + entry.run_length - 1}) {
        const auto found = reader.find(*geo::tile_of_hilbert_id(id));
        KEYAKI_FUZZ_REQUIRE(found && *found == reader.read(entry));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    test::FuzzInput input(data, size);
    const std::string_view bytes = input.rest();
    std::optional<tiles::PmtilesReader> reader;
    if (is_refused([&] { reader.emplace(std::make_shared<test::MemoryBytes>(std::string(bytes))); })) {
        return 0;
    }
    tiles::PmtilesDirectory entries;
    const bool is_broken = is_refused([&] {
        reader->for_each_entry([&](const PmtilesEntry &entry) {
            if (entries.size() < 1'000) {
                entries.push_back(entry);
            }
        });
    });
    for (const PmtilesEntry &entry : entries) {
        KEYAKI_FUZZ_REQUIRE(entry.offset + entry.length <= reader->header().tiles.length);
        if (!is_broken) {
            look_up(*reader, entry);
        }
    }
    for (const std::uint64_t id : {0U, 1U, 5U, 20U, 19'078'479U}) {
        (void)is_refused([&] { (void)reader->find(*geo::tile_of_hilbert_id(id)); });
    }
    const tiles::PmtilesContents contents = tiles::check_pmtiles(*reader);
    KEYAKI_FUZZ_REQUIRE(contents.unreadable.empty() == !is_broken);
    (void)tiles::parse_archive_metadata(reader->metadata());
    if (!entries.empty() && !is_broken) { // what is written is what was read
        const tiles::DirectoryFrame frame{
            .first_id = 0, .end_id = geo::first_hilbert_id(25), .tile_data_bytes = reader->header().tiles.length, .leaves_bytes = 0};
        KEYAKI_FUZZ_REQUIRE(tiles::decode_pmtiles_directory(tiles::encode(entries), frame, "again") == entries);
    }
    return 0;
}
