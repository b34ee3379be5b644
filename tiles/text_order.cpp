#include "tiles/text_order.hpp"

#include <algorithm>

namespace keyaki::tiles {

namespace {

std::size_t shared_prefix(std::span<const std::string_view> texts) {
    std::size_t length = texts.empty() ? 0 : texts.front().size();
    for (const std::string_view text : texts) {
        length = std::min(length, text.size());
        while (text.substr(0, length) != texts.front().substr(0, length)) {
            --length;
        }
    }
    return length;
}

/// Eight bytes from `begin` on as a number that sorts as they do; zeros behind a shorter text.
std::uint64_t eight_bytes(std::string_view text, std::size_t begin) {
    std::uint64_t number = 0;
    for (std::size_t index = begin; index < begin + 8; ++index) {
        number = number << 8 | (index < text.size() ? static_cast<unsigned char>(text[index]) : 0U);
    }
    return number;
}

} // namespace

std::vector<std::uint32_t> text_order(std::span<const std::string_view> texts) {
    struct Keyed {
        std::uint64_t head;
        std::uint32_t index;
    };
    const std::size_t prefix = shared_prefix(texts);
    std::vector<Keyed> keyed(texts.size());
    for (std::uint32_t index = 0; index < texts.size(); ++index) {
        keyed[index] = {eight_bytes(texts[index], prefix), index};
    }
    std::sort(keyed.begin(), keyed.end(), [&](const Keyed &a, const Keyed &b) {
        if (a.head != b.head) {
            return a.head < b.head;
        }
        const int compared = texts[a.index].compare(texts[b.index]);
        return compared != 0 ? compared < 0 : a.index < b.index;
    });
    std::vector<std::uint32_t> order(keyed.size());
    std::transform(keyed.begin(), keyed.end(), order.begin(), [](const Keyed &key) { return key.index; });
    return order;
}

} // namespace keyaki::tiles
