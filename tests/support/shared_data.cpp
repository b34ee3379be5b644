#include "tests/support/shared_data.hpp"

#include <cstdlib>

namespace keyaki::test {

std::optional<std::filesystem::path> shared_data(std::string_view relative_path) {
    const char *named = std::getenv("KEYAKI_SHARED_DATA");
    const std::filesystem::path collection =
        named != nullptr ? std::filesystem::path(named) : std::filesystem::path(KEYAKI_SOURCE_DIR).parent_path() / "shared" / "data";
    std::filesystem::path file = collection / relative_path;
    if (!std::filesystem::exists(file)) {
        return std::nullopt;
    }
    return file;
}

std::filesystem::path project_file(std::string_view relative_path) { return std::filesystem::path(KEYAKI_SOURCE_DIR) / relative_path; }

} // namespace keyaki::test
