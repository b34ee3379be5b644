#include "tests/house_rules/source_file.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fnmatch.h>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace keyaki::test::house {
namespace {

bool is_word(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }

std::size_t line_of(std::string_view text, std::size_t place) {
    return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(place), '\n'));
}

std::size_t end_or(std::string_view text, std::size_t found) { return found == std::string_view::npos ? text.size() : found; }

/// Is the quote at `place` the separator of a number's digits (1'000)?
bool separates_digits(std::string_view text, std::size_t place) {
    return place > 0 && place + 1 < text.size() && std::isalnum(static_cast<unsigned char>(text[place - 1])) != 0 &&
           std::isalnum(static_cast<unsigned char>(text[place + 1])) != 0;
}

/// The end of a literal whose opening quote is at `place`: the place of its closing quote.
std::size_t closing_quote(std::string_view text, std::size_t place) {
    const char quote = text[place];
    for (std::size_t i = place + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == quote) {
            return i;
        }
    }
    return text.size();
}

void blank(std::string &code, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, code.size()); ++i) {
        code[i] = code[i] == '\n' ? '\n' : ' ';
    }
}

std::string read_text(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        throw std::runtime_error("cannot read " + file.string());
    }
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

SourceFile::SourceFile(std::string source_path, std::string source_text) : path(std::move(source_path)), text(std::move(source_text)), code(text) {
    cut();
    read_includes();
    read_tokens();
}

std::size_t SourceFile::line_count() const { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

void SourceFile::cut() {
    std::size_t i = 0;
    while (i < text.size()) {
        const std::string_view rest = std::string_view(text).substr(i);
        std::size_t end = i + 1;
        if (rest.starts_with("//")) {
            end = end_or(text, text.find('\n', i));
            blank(code, i, end);
        } else if (rest.starts_with("/*")) {
            end = end_or(text, text.find("*/", i + 2)) + 2;
            blank(code, i, end);
        } else if (rest.starts_with("R\"") && (i == 0 || !is_word(text[i - 1]))) {
            const std::size_t open = end_or(text, text.find('(', i));
            const std::string close = ")" + text.substr(i + 2, open - i - 2) + "\"";
            const std::size_t stop = end_or(text, text.find(close, open));
            literals.push_back({text.substr(open + 1, stop - open - 1), line_of(text, i)});
            blank(code, i + 2, stop + close.size() - 1);
            end = stop + close.size();
        } else if (rest.front() == '"' || (rest.front() == '\'' && !separates_digits(text, i))) {
            const std::size_t stop = closing_quote(text, i);
            if (rest.front() == '"') {
                literals.push_back({text.substr(i + 1, stop - i - 1), line_of(text, i)});
            }
            blank(code, i + 1, stop);
            end = stop + 1;
        }
        i = end;
    }
}

void SourceFile::read_includes() {
    std::size_t line = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = end_or(text, text.find('\n', begin));
        const std::string_view words = std::string_view(text).substr(begin, end - begin);
        ++line;
        begin = end + 1;
        if (!words.starts_with("#include ") || words.size() < 12) {
            continue;
        }
        const bool angled = words[9] == '<';
        const std::size_t stop = words.find(angled ? '>' : '"', 10);
        includes.push_back({std::string(words.substr(10, stop - 10)), angled, line});
    }
}

void SourceFile::read_tokens() {
    std::size_t line = 1;
    bool at_line_start = true;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '\n') {
            ++line;
            at_line_start = true;
        } else if (code[i] == '#' && at_line_start) {
            while (i + 1 < code.size() && (code[i + 1] != '\n' || code[i] == '\\')) {
                line += code[++i] == '\n' ? 1U : 0U;
            }
        } else if (is_word(code[i])) {
            std::size_t end = i;
            while (end < code.size() && (is_word(code[end]) || (code[end] == '\'' && separates_digits(code, end)))) {
                ++end;
            }
            tokens.push_back({std::string_view(code).substr(i, end - i), line});
            i = end - 1;
            at_line_start = false;
        } else if (code[i] != ' ' && code[i] != '\t') {
            const std::string_view two = std::string_view(code).substr(i, 2);
            const std::size_t length = two == "::" || two == "->" ? 2 : 1;
            tokens.push_back({std::string_view(code).substr(i, length), line});
            i += length - 1;
            at_line_start = false;
        }
    }
}

const Sources &project_sources() {
    static const Sources sources = [] {
        namespace fs = std::filesystem;
        const fs::path root = project_file("");
        std::vector<std::string> paths;
        for (const char *room : {"geo", "data", "tiles", "importers", "server", "tests"}) {
            for (auto entry = fs::recursive_directory_iterator(root / room); entry != fs::recursive_directory_iterator(); ++entry) {
                if (entry->path().filename() == "node_modules") {
                    entry.disable_recursion_pending();
                } else if (entry->path().extension() == ".cpp" || entry->path().extension() == ".hpp") {
                    paths.push_back(fs::relative(entry->path(), root).generic_string());
                }
            }
        }
        std::sort(paths.begin(), paths.end());
        Sources read;
        for (std::string &path : paths) {
            read.push_back(std::make_unique<SourceFile>(path, read_text(root / path)));
        }
        return read;
    }();
    return sources;
}

bool matches(std::string_view pattern, std::string_view path) { return fnmatch(std::string(pattern).c_str(), std::string(path).c_str(), 0) == 0; }

void require_none(const Violations &violations) {
    std::string report;
    for (const Violation &violation : violations) {
        report += "\n" + violation.path + ":" + std::to_string(violation.line) + ": " + violation.sentence;
    }
    INFO(violations.size() << " violations" << report);
    CHECK(violations.empty());
}

} // namespace keyaki::test::house
