// CQL2 JSON, as cql2_text_fuzz.cpp.
#include "tests/fuzz/filter_layer.hpp"
#include "tests/fuzz/fuzz.hpp"

#include "server/filter/json_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    keyaki::test::FuzzInput input(data, size);
    keyaki::test::try_filter([&] { return keyaki::server::filter::parse_json_filter(input.rest()); });
    return 0;
}
