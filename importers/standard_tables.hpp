#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// The municipal standard tables (自治体標準オープンデータセット, and 推奨データセット before it) as keyaki takes them: which columns they have had
/// in their versions, and which property each becomes. A table's meaning only; recognising and converting is standard_mapping's. Facts: published
/// lists in the forms of 2017 to 2023 (石川県, 清瀬市, 東京都, 国土地理院 and others), compared with the definitions' column names.
namespace keyaki::importers {

enum class StandardKind : std::uint8_t {
    text,    ///< as it is written, also where it looks like a number: codes and telephone numbers
    integer, ///< counts; "1,200人" is 1200
    number,
    yes_no, ///< 有/無, 1/0, ○/×; an empty cell says nothing: null
    hazard, ///< as yes_no, but an empty cell is a no: the definition says "対応あり：1、対応なし：空文字"
};

struct StandardColumn {
    std::string_view property; ///< the stable name, the same in every version and in keyaki's map
    StandardKind kind;
    std::vector<std::string_view> names; ///< in all versions, the newest first; compared without blanks, width and underscores
};

struct StandardTable {
    std::string_view id;
    std::string_view title_ja;
    std::string_view title_en;
    std::vector<StandardColumn> columns;
    std::vector<std::string_view> telling; ///< properties that no other table has …
    std::size_t telling_needed;            ///< … and how many of them have to be there
    std::vector<std::string_view> foreign; ///< columns that say it is another table all the same
};

[[nodiscard]] std::span<const StandardTable> standard_tables();

/// Columns that identify a row for as long as it is there. Not NO, which many cities number anew with each list.
[[nodiscard]] std::span<const std::string_view> standard_id_columns() noexcept;

} // namespace keyaki::importers
