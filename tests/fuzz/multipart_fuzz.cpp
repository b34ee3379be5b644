// Forms: the same parts in pieces as in one, no part that is not in the form, and every bound kept. The names of headers never read beyond them.
#include "geo/error.hpp"
#include "server/imports/limits.hpp"
#include "server/imports/multipart.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace keyaki;
using namespace keyaki::server::imports;

struct Read {
    std::vector<std::string> parts; ///< name, file name and bytes of each
    std::string refusal;

    friend bool operator==(const Read &, const Read &) = default;
};

template <typename Feed>
Read read_form(std::size_t size, const Feed &feed) {
    Read read;
    std::size_t bytes = 0;
    bool in_part = false;
    MultipartReader reader("b", {[&](FormPart &&part) {
                                     KEYAKI_FUZZ_REQUIRE(!in_part);
                                     KEYAKI_FUZZ_REQUIRE(read.parts.size() < max_form_parts);
                                     in_part = true;
                                     read.parts.push_back(part.name + '\0' + part.file_name.value_or("\1") + '\0' + part.content_type + '\0');
                                 },
                                 [&](std::string_view piece) {
                                     KEYAKI_FUZZ_REQUIRE(in_part && !piece.empty());
                                     bytes += piece.size();
                                     read.parts.back() += piece;
                                 },
                                 [&] {
                                     KEYAKI_FUZZ_REQUIRE(in_part);
                                     in_part = false;
                                 }});
    try {
        feed(reader);
        reader.finish();
        KEYAKI_FUZZ_REQUIRE(!in_part);
    } catch (const geo::Error &error) {
        KEYAKI_FUZZ_REQUIRE(error.kind() == geo::ErrorKind::invalid_input || error.kind() == geo::ErrorKind::too_large);
        read = {{}, error.what()}; // how much came before it depends on the pieces
    }
    KEYAKI_FUZZ_REQUIRE(bytes <= size);
    return read;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    const std::uint8_t seed = input.number();
    const std::string_view text = input.rest();
    const Read whole = read_form(text.size(), [&](MultipartReader &reader) { reader.feed(text); });
    const Read in_pieces = read_form(
        text.size(), [&](MultipartReader &reader) { keyaki::test::in_pieces(text, seed, [&](std::string_view piece) { reader.feed(piece); }); });
    KEYAKI_FUZZ_REQUIRE(whole == in_pieces);
    static_cast<void>(header_parameter(text, "filename"));
    static_cast<void>(form_boundary(text));
    return 0;
}
