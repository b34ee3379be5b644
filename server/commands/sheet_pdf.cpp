#include "server/commands/sheet_pdf.hpp"

#include "geo/error.hpp"
#include "importers/child_process.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

namespace keyaki::server::commands {

namespace {

constexpr const char *converter = "/usr/bin/rsvg-convert";
constexpr const char *font_lister = "/usr/bin/fc-list";

/// What the program says until it ends; nothing where it ended with an error.
std::optional<std::string> output_of(std::vector<std::string> words) {
    importers::ChildProcess process(std::move(words));
    const importers::StopSignal never{std::stop_token()};
    std::string output;
    std::array<char, 4096> buffer{};
    for (std::size_t size = 1; size > 0;) {
        size = process.read(buffer, never);
        output.append(buffer.data(), size);
    }
    return process.ended_well() ? std::optional(output) : std::nullopt;
}

[[noreturn]] void refuse(const std::string &found) {
    throw geo::Error(geo::ErrorKind::unavailable,
                     fmt::format("expected what makes a PDF of the sheets, found {}: apt-get install librsvg2-bin fontconfig fonts-noto-cjk", found));
}

/// Letters of a font that is not there would be printed as empty boxes, without a word.
void require_programs() {
    for (const char *program : {converter, font_lister}) {
        if (!std::filesystem::exists(program)) {
            refuse(fmt::format("no {}", program));
        }
    }
    if (output_of({font_lister, ":lang=ja", "family"}).value_or("").empty()) {
        refuse("no font with Japanese letters");
    }
}

} // namespace

void write_sheet_pdf(const std::vector<std::filesystem::path> &sheets, const std::filesystem::path &target) {
    require_programs();
    const std::filesystem::path partial = target.string() + ".partial";
    std::filesystem::remove(partial);
    // The sheets are A5, and A4 is that by the square root of two.
    std::vector<std::string> words{converter,        "--format=pdf",       "--width=209.3mm",
                                   "--height=297mm", "--page-width=210mm", "--page-height=297mm",
                                   "--output",       partial.string(),     "--"};
    for (const std::filesystem::path &sheet : sheets) {
        words.push_back(sheet.string());
    }
    if (!output_of(std::move(words))) {
        std::error_code none;
        std::filesystem::remove(partial, none);
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("the PDF {} could not be written by {}", target.string(), converter));
    }
    std::filesystem::rename(partial, target);
}

} // namespace keyaki::server::commands
