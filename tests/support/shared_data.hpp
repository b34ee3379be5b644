#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace keyaki::test {

/// A file or folder of the collection of real input (../shared/data beside the checkout, or the folder named by KEYAKI_SHARED_DATA).
/// Nothing where the collection is absent: the test then says so with WARN and returns.
[[nodiscard]] std::optional<std::filesystem::path> shared_data(std::string_view relative_path);

/// A file of this project, by its path from the project's root.
[[nodiscard]] std::filesystem::path project_file(std::string_view relative_path);

} // namespace keyaki::test

/// Binds `name` to a file of the collection or ends the test with a message.
#define KEYAKI_SHARED_DATA_OR_SKIP(name, relative_path)                                                                                              \
    const auto name##_found = ::keyaki::test::shared_data(relative_path);                                                                            \
    if (!name##_found) {                                                                                                                             \
        WARN("skipped: " << (relative_path) << " is not there (no collection of real input beside the checkout)");                                   \
        return;                                                                                                                                      \
    }                                                                                                                                                \
    const std::filesystem::path &name = *name##_found
