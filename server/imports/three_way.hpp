#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// A file meets a draft that somebody has edited: what becomes of one feature. Pure.
namespace keyaki::server::imports {

/// What decides where both the file and the draft changed a feature, in different ways. The report lists every such feature.
enum class ConflictRule : std::uint8_t { draft, file, refuse };
[[nodiscard]] std::string_view conflict_rule_name(ConflictRule rule) noexcept;
[[nodiscard]] std::optional<ConflictRule> conflict_rule_from_name(std::string_view name) noexcept;

enum class MergeResult : std::uint8_t {
    file,     ///< the file's state, which is also the draft's where both agree
    draft,    ///< the file says what is published: the edit stays
    conflict, ///< the rule decides
};

/// The three states by their contents; nothing: not there. `Content` is compared with ==.
template <typename Content>
[[nodiscard]] MergeResult merge(const std::optional<Content> &published, const std::optional<Content> &file, const std::optional<Content> &draft) {
    if (file == draft || draft == published) {
        return MergeResult::file;
    }
    return file == published ? MergeResult::draft : MergeResult::conflict;
}

} // namespace keyaki::server::imports
