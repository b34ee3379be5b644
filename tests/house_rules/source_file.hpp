#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Reading C++ as the house rules need it: without a compiler, from the text alone.
namespace keyaki::test::house {

struct Include {
    std::string path; ///< without its brackets or quotes
    bool angled = false;
    std::size_t line = 0; ///< from 1, as everywhere here
};

/// An identifier, a number, or one character of punctuation ("::" and "->" are one token).
struct Token {
    std::string_view text;
    std::size_t line = 0;
};

struct Literal {
    std::string text; ///< between the quotes, as written
    std::size_t line = 0;
};

/// One source, cut up: comments and contents of literals are blank in `code`, which has the lines and columns of `text`.
struct SourceFile {
    std::string path; ///< from the project's root: "geo/fence.cpp"
    std::string text;
    std::string code;
    std::vector<Include> includes;
    std::vector<Literal> literals; ///< of strings, also raw ones
    std::vector<Token> tokens;     ///< of `code` without the preprocessor's lines; they point into it

    SourceFile(std::string source_path, std::string source_text);
    SourceFile(const SourceFile &) = delete;
    SourceFile &operator=(const SourceFile &) = delete;
    SourceFile(SourceFile &&) = delete;
    SourceFile &operator=(SourceFile &&) = delete;
    ~SourceFile() = default;

    [[nodiscard]] bool is_header() const { return path.ends_with(".hpp"); }
    [[nodiscard]] bool is_test() const { return path.starts_with("tests/"); }
    /// "geo", "server", "tests" …
    [[nodiscard]] std::string_view room() const { return std::string_view(path).substr(0, path.find('/')); }
    [[nodiscard]] std::size_t line_count() const;

  private:
    void cut();
    void read_includes();
    void read_tokens();
};

using Sources = std::vector<std::unique_ptr<SourceFile>>;

/// Every .cpp and .hpp of the rooms and of tests/, by path. Read once.
[[nodiscard]] const Sources &project_sources();

/// A broken rule, as a person reads it.
struct Violation {
    std::string path;
    std::size_t line = 0;
    std::string sentence; ///< what is wrong and what to do instead
};
using Violations = std::vector<Violation>;

/// Does `path` match the shell pattern, whose * goes over slashes too?
[[nodiscard]] bool matches(std::string_view pattern, std::string_view path);

/// Fails the test, with one line per violation, unless there is none.
void require_none(const Violations &violations);

/// The violations that `rule` finds in all sources of the project.
template <typename Rule>
[[nodiscard]] Violations in_project(Rule &&rule) {
    Violations all;
    for (const auto &source : project_sources()) {
        for (Violation &violation : rule(*source)) {
            all.push_back(std::move(violation));
        }
    }
    return all;
}

/// What `rule` finds in a made-up file: each rule is tried on text that breaks it.
template <typename Rule>
[[nodiscard]] Violations in_text(Rule &&rule, std::string path, std::string text) {
    return rule(SourceFile(std::move(path), std::move(text)));
}

} // namespace keyaki::test::house
