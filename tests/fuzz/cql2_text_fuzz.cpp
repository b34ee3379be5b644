// CQL2 text: parsed, bound to a layer with every kind of column and evaluated on it. Whatever is no filter is refused with a sentence; whatever is
// one selects at most what is there, and its opposite nothing of that.
#include "tests/fuzz/filter_layer.hpp"
#include "tests/fuzz/fuzz.hpp"

#include "server/filter/text_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    keyaki::test::try_filter([&] { return keyaki::server::filter::parse_text(input.rest()); });
    return 0;
}
