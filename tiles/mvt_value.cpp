#include "tiles/mvt_value.hpp"

#include <protozero/pbf_writer.hpp>

namespace keyaki::tiles {

namespace {

// MVT 2.1, vector_tile.proto, message Value.
constexpr protozero::pbf_tag_type string_value = 1;
constexpr protozero::pbf_tag_type float_value = 2;
constexpr protozero::pbf_tag_type int_value = 4;
constexpr protozero::pbf_tag_type sint_value = 6;
constexpr protozero::pbf_tag_type bool_value = 7;

struct Encode {
    protozero::pbf_writer writer;
    void operator()(bool value) { writer.add_bool(bool_value, value); }
    void operator()(float value) { writer.add_float(float_value, value); }
    void operator()(std::string_view value) { writer.add_string(string_value, value.data(), value.size()); }
    void operator()(std::int64_t value) {
        if (value < 0) {
            writer.add_sint64(sint_value, value);
        } else {
            writer.add_int64(int_value, value);
        }
    }
};

} // namespace

void encode_map_value(const MapValue &value, std::string &bytes) { std::visit(Encode{protozero::pbf_writer(bytes)}, value); }

} // namespace keyaki::tiles
