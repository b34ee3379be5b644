#include "tiles/mvt_merge.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>

#include <exception>

namespace keyaki::tiles {

namespace {

// vector_tile.proto.
enum class TileField : protozero::pbf_tag_type { layers = 3 };
enum class LayerField : protozero::pbf_tag_type { name = 1, values = 4 };
enum class ValueField : protozero::pbf_tag_type { text = 1 };

std::string name_of(protozero::data_view layer) {
    protozero::pbf_message<LayerField> message(layer);
    std::string name; // 4.1: exactly one; of several the last counts, as in any message
    while (message.next(LayerField::name)) {
        name = message.get_string();
    }
    return name;
}

void add_letters_of_layer(LetterRanges &ranges, protozero::data_view layer) {
    protozero::pbf_message<LayerField> message(layer);
    while (message.next(LayerField::values)) {
        protozero::pbf_message<ValueField> value(message.get_view());
        while (value.next(ValueField::text)) {
            const protozero::data_view text = value.get_view();
            ranges.add({text.data(), text.size()});
        }
    }
}

template <typename Read>
void read_tile(std::string_view mvt, Read &&read) {
    try {
        protozero::pbf_message<TileField> tile(mvt.data(), mvt.size());
        while (tile.next()) {
            if (tile.tag_and_type() != protozero::tag_and_type(TileField::layers, protozero::pbf_wire_type::length_delimited)) {
                tile.skip();
                continue;
            }
            read(tile.get_view());
        }
    } catch (const protozero::exception &error) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected a vector tile, found something else ({})", error.what()));
    }
}

/// The bytes that follow the first of a character of UTF-8; 4 for what is no first byte.
int following_bytes(unsigned char first) {
    if (first < 0x80) {
        return 0;
    }
    if (first >= 0xC2 && first < 0xE0) {
        return 1;
    }
    if (first >= 0xE0 && first < 0xF0) {
        return 2;
    }
    return first >= 0xF0 && first < 0xF5 ? 3 : 4;
}

} // namespace

void append_layers(std::string &tile, std::string_view mvt, std::set<std::string, std::less<>> &names) {
    protozero::pbf_builder<TileField> out(tile);
    read_tile(mvt, [&](protozero::data_view layer) {
        if (names.insert(name_of(layer)).second) {
            out.add_message(TileField::layers, layer);
        }
    });
}

void LetterRanges::add(std::string_view text) {
    constexpr int most_following = 3;
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const int following = following_bytes(first);
        if (following > most_following || at + static_cast<std::size_t>(following) >= text.size()) {
            ++at;
            continue;
        }
        std::uint32_t character = following == 0 ? first : first & (0x3FU >> static_cast<unsigned>(following));
        for (int next = 1; next <= following; ++next) {
            character = character << 6U | (static_cast<unsigned char>(text[at + static_cast<std::size_t>(next)]) & 0x3FU);
        }
        if (character < 0x110000) {
            m_used.set(character / characters_per_range);
        }
        at += static_cast<std::size_t>(following) + 1;
    }
}

void add_letters(LetterRanges &ranges, std::string_view mvt) {
    read_tile(mvt, [&](protozero::data_view layer) { add_letters_of_layer(ranges, layer); });
}

} // namespace keyaki::tiles
