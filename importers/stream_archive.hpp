#pragma once

#include "geo/error.hpp"
#include "importers/osm_values.hpp"

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Numbers and texts as the frames of feature_stream.hpp hold them: what is written is what is read, because a single transfer_fields describes each
/// record for both directions.
namespace keyaki::importers {

/// \throws geo::Error corrupt: no honest child writes that
[[noreturn]] inline void refuse_stream(std::string_view what) {
    throw geo::Error(geo::ErrorKind::corrupt, "expected a well-formed answer from the process that read the file, found " + std::string(what));
}

/// Appends numbers and texts to a frame.
class StreamWriter {
  public:
    /// \param is_for_people texts that may quote a file or its name: what is not UTF-8 in them becomes U+FFFD
    explicit StreamWriter(std::string &out, bool is_for_people = false) : m_out(out), m_is_for_people(is_for_people) {}

    template <std::integral Number>
    void transfer(Number value) {
        auto bits = static_cast<std::uint64_t>(value);
        std::array<char, sizeof(Number)> bytes{};
        for (char &byte : bytes) {
            byte = static_cast<char>(static_cast<unsigned char>(bits & 0xFFU));
            bits >>= 8U;
        }
        m_out.append(bytes.data(), bytes.size());
    }
    void transfer(double value) { transfer(std::bit_cast<std::uint64_t>(value)); }
    void transfer(const std::string &text) {
        if (m_is_for_people && !is_utf8(text)) {
            return transfer(as_utf8(text));
        }
        transfer(static_cast<std::uint32_t>(text.size()));
        m_out += text;
    }
    template <typename Item>
    void transfer(const std::vector<Item> &items) {
        transfer(static_cast<std::uint32_t>(items.size()));
        for (const Item &item : items) {
            transfer_fields(*this, item);
        }
    }
    template <typename Key, typename Item, typename Order>
    void transfer(const std::map<Key, Item, Order> &items) {
        transfer(static_cast<std::uint32_t>(items.size()));
        for (const auto &[key, item] : items) {
            transfer(key);
            transfer(item);
        }
    }

    /// To the end of the frame.
    void transfer_bytes(std::string_view bytes) { m_out += bytes; }

  private:
    std::string &m_out;
    bool m_is_for_people;
};

/// Takes numbers and texts from one frame; every length is checked against the bytes that are left.
class StreamReader {
  public:
    explicit StreamReader(std::string_view bytes) : m_bytes(bytes) {}

    template <std::integral Number>
    void transfer(Number &value) {
        const std::string_view taken = take(sizeof(Number));
        std::uint64_t bits = 0;
        for (std::size_t i = sizeof(Number); i-- > 0;) {
            bits = bits << 8U | static_cast<unsigned char>(taken[i]);
        }
        if constexpr (std::is_same_v<Number, bool>) {
            value = bits != 0;
        } else {
            value = static_cast<Number>(bits);
        }
    }
    void transfer(double &value) {
        std::uint64_t bits = 0;
        transfer(bits);
        value = std::bit_cast<double>(bits);
    }
    void transfer(std::string &text) {
        text = take(length(1));
        if (!is_utf8(text)) {
            refuse_stream("text that is not UTF-8");
        }
    }
    template <typename Item>
    void transfer(std::vector<Item> &items) {
        items.resize(length(1));
        for (Item &item : items) {
            transfer_fields(*this, item);
        }
    }
    template <typename Key, typename Item, typename Order>
    void transfer(std::map<Key, Item, Order> &items) {
        for (std::size_t count = length(1); count > 0; --count) {
            Key key;
            transfer(key);
            transfer(items[key]);
        }
    }
    /// A count of things of at least `unit_bytes` each: never more than the bytes that are left, so that nothing is allocated on a promise.
    std::size_t length(std::size_t unit_bytes) {
        std::uint32_t count = 0;
        transfer(count);
        if (count > m_bytes.size() / unit_bytes) {
            refuse_stream("a length beyond the end of its frame");
        }
        return count;
    }
    [[nodiscard]] bool at_end() const { return m_bytes.empty(); }
    /// To the end of the frame.
    void transfer_bytes(std::string &bytes) { bytes = take(m_bytes.size()); }

  private:
    std::string_view take(std::size_t count) {
        if (count > m_bytes.size()) {
            refuse_stream("a frame that ends too early");
        }
        const std::string_view taken = m_bytes.substr(0, count);
        m_bytes.remove_prefix(count);
        return taken;
    }

    std::string_view m_bytes;
};

template <typename Archive, typename Text>
requires std::same_as<std::remove_const_t<Text>, std::string>
void transfer_fields(Archive &archive, Text &text) { archive.transfer(text); }

} // namespace keyaki::importers
