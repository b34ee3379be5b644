#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

class SnapshotPart;

/// The features of one part as texts, made by who asks first and then there for all, as long as there is room: what is read page after page is
/// copied instead of written anew. The part never changes, so neither do they; they go with it. One form a part: all who ask mean the same text.
/// Any thread.
class FeatureTexts {
  public:
    /// \param part outlives it
    explicit FeatureTexts(const SnapshotPart &part);
    ~FeatureTexts();
    FeatureTexts(const FeatureTexts &) = delete;
    FeatureTexts &operator=(const FeatureTexts &) = delete;

    /// Appends the text of a feature. Throws nothing of its own.
    using Write = void (*)(std::string &out, const SnapshotPart &part, std::uint32_t index);
    /// The text, valid as long as the part; nothing where there is no room for it, or where it is the first that is asked for of its neighbourhood:
    /// then whoever asks writes it himself.
    [[nodiscard]] std::optional<std::string_view> find_or_make(std::uint32_t index, Write write) const;

    /// Of all parts together; at most max_feature_text_bytes.
    [[nodiscard]] static std::size_t bytes_in_use() noexcept;

  private:
    /// Neighbours on the curve, which a page asks for together.
    static constexpr std::uint32_t block_features = 32;
    struct Block {
        std::vector<std::uint32_t> ends; ///< by feature
        std::string text;
        [[nodiscard]] std::size_t bytes() const noexcept;
    };
    // What a slot holds before, or instead of, a block of its own.
    static const Block asked_once;
    static const Block too_long;
    [[nodiscard]] static bool is_kept(const Block *block) noexcept { return block != nullptr && block != &asked_once && block != &too_long; }
    /// The block that is there now, made by this thread or another; nullptr where it is not to be kept.
    [[nodiscard]] const Block *make(std::uint32_t number, Write write) const;

    const SnapshotPart &m_part;
    mutable std::vector<std::atomic<const Block *>> m_blocks;
};

} // namespace keyaki::tiles
