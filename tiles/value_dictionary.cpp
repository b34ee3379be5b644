#include "tiles/value_dictionary.hpp"

#include "geo/error.hpp"
#include "tiles/limits.hpp"
#include "tiles/mvt_bytes.hpp"

#include <cassert>
#include <functional>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace keyaki::tiles {

namespace {

// MVT 2.1, vector_tile.proto, message Value.
constexpr protozero::pbf_tag_type string_value = 1;
constexpr protozero::pbf_tag_type double_value = 3;
constexpr protozero::pbf_tag_type int_value = 4;
constexpr protozero::pbf_tag_type sint_value = 6;
constexpr protozero::pbf_tag_type bool_value = 7;
// Message Layer.
constexpr protozero::pbf_tag_type layer_values = 4;
constexpr std::size_t longest_frame = 1 + longest_varint;

std::uint32_t hash_of(std::string_view bytes) noexcept {
    const std::size_t hash = std::hash<std::string_view>{}(bytes);
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

struct Encode {
    protozero::pbf_writer writer;
    void operator()(std::monostate) const noexcept {}
    void operator()(bool value) { writer.add_bool(bool_value, value); }
    void operator()(double value) { writer.add_double(double_value, value); }
    void operator()(const std::string &value) { writer.add_string(string_value, value); }
    void operator()(std::int64_t value) {
        if (value < 0) {
            writer.add_sint64(sint_value, value);
        } else {
            writer.add_int64(int_value, value);
        }
    }
};

} // namespace

void encode_value(const geo::Value &value, std::string &encoded) { std::visit(Encode{protozero::pbf_writer(encoded)}, value); }

ValueKind kind_of(std::string_view encoded) noexcept {
    if (encoded.empty()) {
        return ValueKind::null;
    }
    switch (static_cast<unsigned char>(encoded.front()) >> 3) {
    case string_value: return ValueKind::text;
    case bool_value: return ValueKind::boolean;
    default: return ValueKind::number;
    }
}

ValueView ValueDictionary::value(std::uint32_t index) const {
    const std::string_view bytes = encoded(index);
    // Most values are texts of less than 128 bytes: a byte for the field, one for the length. Sorting and filtering read millions of them.
    constexpr char text_field = string_value << 3 | static_cast<char>(protozero::pbf_wire_type::length_delimited);
    if (bytes.size() >= 2 && bytes[0] == text_field && bytes.size() - 2 == static_cast<unsigned char>(bytes[1])) {
        return bytes.substr(2);
    }
    protozero::pbf_reader reader(bytes.data(), bytes.size());
    if (!reader.next()) {
        return std::monostate{};
    }
    switch (reader.tag()) {
    case string_value: {
        const auto text = reader.get_view();
        return std::string_view(text.data(), text.size());
    }
    case double_value: return reader.get_double();
    case int_value: return reader.get_int64();
    case sint_value: return reader.get_sint64();
    default: assert(reader.tag() == bool_value); return reader.get_bool();
    }
}

std::string_view ValueDictionary::text(std::uint32_t index) const {
    const ValueView found = value(index);
    assert(std::holds_alternative<std::string_view>(found));
    return std::get<std::string_view>(found);
}

std::string_view ValueDictionary::without_long_frame(std::string_view value) noexcept {
    std::size_t begin = 1; // behind the field's number comes the length, whose last byte alone is below 128
    while ((static_cast<unsigned char>(value[begin]) & 0x80U) != 0) {
        ++begin;
    }
    return value.substr(begin + 1);
}

std::uint32_t ValueDictionary::append(std::string_view encoded) {
    if (m_bytes.size() + encoded.size() + longest_frame > max_value_bytes_per_part) {
        throw geo::Error(geo::ErrorKind::too_large, "the properties of a layer take more than " + std::to_string(max_value_bytes_per_part) +
                                                        " bytes, the most that a snapshot's part can hold");
    }
    if (!encoded.empty()) {
        protozero::pbf_writer(m_bytes).add_message(layer_values, encoded.data(), encoded.size());
    }
    m_ends.push_back(static_cast<std::uint32_t>(m_bytes.size()));
    return static_cast<std::uint32_t>(m_ends.size() - 1);
}

void ValueDictionary::shrink_to_fit() {
    m_bytes.shrink_to_fit();
    m_ends.shrink_to_fit();
}

std::uint32_t ValueCollector::add(const geo::Value &value) {
    m_scratch.clear();
    encode_value(value, m_scratch);
    return add_encoded(m_scratch);
}

std::uint32_t ValueCollector::add_text(std::string_view text) {
    m_scratch.clear();
    protozero::pbf_writer(m_scratch).add_string(string_value, text.data(), text.size());
    return add_encoded(m_scratch);
}

std::uint32_t ValueCollector::add_encoded(std::string_view encoded) {
    if (encoded.empty()) {
        return ValueDictionary::null_value;
    }
    if (m_dictionary.size() * 2 >= m_slots.size()) {
        grow();
    }
    const std::uint32_t hash = hash_of(encoded);
    Slot &slot = slot_of(m_slots, hash, [&](std::uint32_t value) { return m_dictionary.encoded(value) == encoded; });
    if (slot.value == 0) {
        slot = {hash, m_dictionary.append(encoded)};
    }
    return slot.value;
}

/// The slot of a value with this hash that is the one looked for, or the free one where it would go.
template <typename IsEqual>
ValueCollector::Slot &ValueCollector::slot_of(std::vector<Slot> &slots, std::uint32_t hash, const IsEqual &is_equal) {
    const std::size_t mask = slots.size() - 1;
    std::size_t place = hash & mask;
    while (slots[place].value != 0 && (slots[place].hash != hash || !is_equal(slots[place].value))) {
        place = (place + 1) & mask;
    }
    return slots[place];
}

void ValueCollector::grow() {
    std::vector<Slot> slots(std::max<std::size_t>(64, m_slots.size() * 4));
    for (const Slot &slot : m_slots) {
        if (slot.value != 0) {
            slot_of(slots, slot.hash, [](std::uint32_t) { return false; }) = slot;
        }
    }
    m_slots.swap(slots);
}

} // namespace keyaki::tiles
