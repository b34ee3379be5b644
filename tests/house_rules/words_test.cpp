#include "tests/house_rules/source_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>

using namespace keyaki::test::house;

namespace {

/// A word that is not written here. The exceptions are files, each with its reason.
struct Banned {
    std::string_view word;
    enum class Where { call, anywhere } where;
    std::string_view instead;
    bool in_tests; ///< banned there too
    std::map<std::string_view, std::string_view> except;
};

using enum Banned::Where;

const std::vector<Banned> banned_words{
    {"regex", anywhere, "std::regex recurses once per character and ends the process on long input: write a small parser", false, {}},
    {"exit", call, "throw geo::Error; main() and the reading child's entry decide how a process ends", true, {}},
    {"_exit",
     call,
     "throw geo::Error; only a forked child that must not run its parent's destructors ends like this",
     true,
     {{"importers/child_main.cpp", "the end of the reading child, after GDAL's threads"},
      {"tests/importers/sandbox_program.cpp", "a program that shows what the sandbox leaves"},
      {"tests/support/command.cpp", "a forked child whose exec failed"}}},
    {"quick_exit", call, "throw geo::Error", true, {}},
    {"abort", call, "assert() for our own mistakes, geo::Error for a broken world", true, {}},
    {"terminate", call, "assert() for our own mistakes, geo::Error for a broken world", true, {}},
    {"system",
     call,
     "a list of words that no shell reads: posix_spawn, in tests run() of tests/support/command.hpp",
     true,
     {{"tests/importers/child_reader_test.cpp", "a program and a path of the test's own"}}},
    {"popen", call, "a list of words that no shell reads: posix_spawn, in tests run() of tests/support/command.hpp", true, {}},
    {"sprintf", call, "fmt::format", true, {}},
    {"vsprintf", call, "fmt::format", true, {}},
    {"printf", call, "fmt::print in server/commands; libraries return what they have to say", false, {}},
    {"puts", call, "fmt::print in server/commands; libraries return what they have to say", false, {}},
    {"cout", anywhere, "fmt::print in server/commands; libraries return what they have to say", false, {}},
    {"cerr", anywhere, "the log, or fmt::print(stderr, …) in server/commands", false, {}},
    {"strcpy", call, "std::string", true, {}},
    {"strcat", call, "std::string", true, {}},
    {"strtok", call, "std::string_view::find", true, {}},
    {"atoi", call, "std::from_chars, which tells an error from zero", true, {}},
    {"atol", call, "std::from_chars, which tells an error from zero", true, {}},
    {"atof", call, "std::from_chars, which knows no locale", true, {}},
    {"strtod", call, "std::from_chars, which knows no locale", false, {}},
    {"strtol", call, "std::from_chars", false, {}},
    {"stoi", call, "std::from_chars, which takes no spaces, signs and rests, and throws nothing", false, {}},
    {"stol", call, "std::from_chars", false, {}},
    {"stoul", call, "std::from_chars", false, {}},
    {"stoll", call, "std::from_chars", false, {}},
    {"stoull", call, "std::from_chars", false, {}},
    {"stod", call, "std::from_chars, which knows no locale", false, {}},
    {"localtime", call, "std::chrono with Japan's offset (server/time.hpp): the machine's time zone is nobody's", true, {}},
    {"gmtime", call, "std::chrono (server/time.hpp): its result is shared by all threads", true, {}},
    {"mktime", call, "std::chrono (server/time.hpp)", true, {}},
    {"setlocale", call, "nothing: numbers and texts must not change with the machine's language", true, {}},
    {"rand", call, "getrandom for secrets (server/identifiers.hpp), a seeded std::mt19937_64 in tests", true, {}},
    {"srand", call, "a seeded std::mt19937_64", true, {}},
    {"getenv",
     call,
     "Settings (server/settings.hpp)",
     false,
     {{"server/settings.cpp", "the place where settings come from"},
      {"server/service_manager.cpp", "systemd says by NOTIFY_SOCKET where it wants to be told"},
      {"server/commands/command.cpp", "the author of a change, as the shell names him"}}},
    {"new",
     anywhere,
     "std::make_unique, or a container",
     true,
     {{"tests/support/trouble.cpp", "the memory of a process that is made to run out of it"}}},
    {"delete",
     anywhere,
     "std::unique_ptr, with a named deleter for a C handle",
     true,
     {{"tests/support/trouble.cpp", "the memory of a process that is made to run out of it"}}},
    {"malloc",
     call,
     "std::vector, or std::make_unique",
     true,
     {{"tests/support/trouble.cpp", "the memory of a process that is made to run out of it"}}},
    {"free",
     call,
     "std::unique_ptr with a named deleter",
     true,
     {{"tests/support/trouble.cpp", "the memory of a process that is made to run out of it"}}},
    {"detach", call, "a thread that its owner joins", true, {}},
    {"async", call, "a thread or pool with an owner and a limit (server/http/work_pool.hpp)", false, {}},
    {"sleep_for",
     call,
     "a condition variable, or a deadline of the event loop",
     false,
     {{"data/database.cpp", "SQLite's busy handler has nothing to wait on: the lock is another process's"},
      {"data/scrub.cpp", "nor is there anything that says when another process has ended its reading"}}},
    {"sleep", call, "a condition variable", true, {}},
    {"usleep", call, "a condition variable", true, {}},
    {"goto", anywhere, "a function with a return", true, {}},
    {"reinterpret_cast",
     anywhere,
     "std::bit_cast, or the type itself",
     false,
     {{"data/feature_row.cpp", "bytes of a blob as text"},
      {"data/ledger_chain.cpp", "bytes of a hash as text"},
      {"data/database.cpp", "SQLite gives text as unsigned char"},
      {"data/blob_text.hpp", "text as bytes of a blob"},
      {"tiles/fingerprint.cpp", "text as bytes of what is hashed"},
      {"importers/text_encoding.cpp", "iconv_open(3)'s error value"},
      {"importers/text_decoder.cpp", "iconv_open(3)'s error value"},
      {"server/http/server.cpp", "getsockname(2) takes a sockaddr"},
      {"server/service_manager.cpp", "sendto(2) takes a sockaddr"}}},
    {"const_cast",
     anywhere,
     "const from the start",
     false,
     {{"importers/text_decoder.cpp", "iconv(3) takes char **, and only reads"},
      {"server/http/connection_output.cpp", "iovec has no const, and writev(2) only reads"}}},
};

bool may_stand_before_a_call(std::string_view word) {
    constexpr std::string_view words[] = {"return", "else", "do", "case", "throw", "co_return", "co_await", "co_yield", "and", "or", "not"};
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_name(std::string_view word) { return std::isalpha(static_cast<unsigned char>(word.front())) != 0 || word.front() == '_'; }

/// Is token `i` the name of a function of the C or C++ library that is called here?
bool is_call(const std::vector<Token> &tokens, std::size_t i) {
    if (i + 1 >= tokens.size() || tokens[i + 1].text != "(") {
        return false;
    }
    if (i == 0) {
        return true;
    }
    const std::string_view before = tokens[i - 1].text;
    if (before == "::") {
        return i < 2 || !is_name(tokens[i - 2].text) || tokens[i - 2].text == "std" || may_stand_before_a_call(tokens[i - 2].text);
    }
    return before != "." && before != "->" && (!is_name(before) || may_stand_before_a_call(before));
}

/// detach() is a member; every other call is not.
bool is_meant(const Banned &banned, const std::vector<Token> &tokens, std::size_t i) {
    if (banned.word == "detach") {
        return i > 0 && tokens[i - 1].text == "." && i + 1 < tokens.size() && tokens[i + 1].text == "(";
    }
    if (banned.where == Banned::Where::call) {
        return is_call(tokens, i);
    }
    const bool is_deleted_function = banned.word == "delete" && i > 0 && tokens[i - 1].text == "=";
    const bool is_operator = i > 0 && tokens[i - 1].text == "operator";
    return !is_deleted_function && !is_operator;
}

Violations against_banned_words(const SourceFile &source) {
    Violations found;
    for (std::size_t i = 0; i < source.tokens.size(); ++i) {
        for (const Banned &banned : banned_words) {
            if (source.tokens[i].text == banned.word && (banned.in_tests || !source.is_test()) && !banned.except.contains(source.path) &&
                is_meant(banned, source.tokens, i)) {
                found.push_back({source.path, source.tokens[i].line, std::string(banned.word) + ": use " + std::string(banned.instead)});
            }
        }
    }
    return found;
}

Violations against_using_namespace(const SourceFile &source) {
    Violations found;
    for (std::size_t i = 0; i + 2 < source.tokens.size(); ++i) {
        const bool is_literals = i + 4 < source.tokens.size() && source.tokens[i + 4].text.find("literals") != std::string_view::npos;
        if (source.tokens[i].text == "using" && source.tokens[i + 1].text == "namespace" && !is_literals &&
            (source.is_header() || source.tokens[i + 2].text == "std")) {
            found.push_back({source.path, source.tokens[i].line, "using namespace opens a whole room to all who read on: name what is used"});
        }
    }
    return found;
}

/// Does `text` hold `word`, with nothing of a word around it?
bool has_word(std::string_view text, std::string_view word) {
    const auto is_letter = [](char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; };
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        if ((at == 0 || !is_letter(text[at - 1])) && (at + word.size() == text.size() || !is_letter(text[at + word.size()]))) {
            return true;
        }
    }
    return false;
}

Violations against_promises(const SourceFile &source) {
    Violations found;
    std::size_t line = 0;
    std::string_view rest = source.text;
    while (!rest.empty()) {
        const std::string_view words = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), words.size() + 1));
        ++line;
        for (const std::string &promise : {std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X", std::string("HA") + "CK"}) {
            if (has_word(words, promise)) {
                found.push_back({source.path, line, promise + ": do it, or write down why it is right as it is"});
            }
        }
    }
    return found;
}

Violations against_sql_outside_data(const SourceFile &source) {
    Violations found;
    if (source.is_test() || source.room() == "data") {
        return found;
    }
    for (const Literal &literal : source.literals) {
        for (const std::string_view word : {"SELECT", "INSERT INTO", "INSERT OR", "DELETE FROM", "CREATE TABLE", "CREATE INDEX", "DROP TABLE",
                                            "ALTER TABLE", "PRAGMA", "BEGIN IMMEDIATE"}) {
            if (has_word(literal.text, word)) {
                found.push_back({source.path, literal.line,
                                 "SQL (" + std::string(word) + ") outside data/: give data::Store a function that says what is wanted"});
            }
        }
    }
    return found;
}

} // namespace

TEST_CASE("words with a better one are not written") { require_none(in_project(against_banned_words)); }

TEST_CASE("every banned word is found where it is written, and only there") {
    for (const Banned &banned : banned_words) {
        const std::string word(banned.word);
        const std::string use = word == "detach"           ? "int a(B b) { b.detach(); }"
                                : banned.where == anywhere ? "int a() { " + word + " b; }"
                                                           : "int a() { return " + word + "(b); }";
        INFO(use);
        CHECK(in_text(against_banned_words, "geo/made_up.cpp", use).size() == 1);
        CHECK(in_text(against_banned_words, "tests/geo/made_up.cpp", use).size() == (banned.in_tests ? 1 : 0));
        CHECK(in_text(against_banned_words, "geo/made_up.cpp", "// " + word + "(b)\nconst char *a = \"" + word + "(\";").empty());
    }
    CHECK(in_text(against_banned_words, "geo/made_up.cpp", "int a() { ::exit(1); std::abort(); }").size() == 2);
    CHECK(in_text(against_banned_words, "geo/made_up.cpp",
                  "struct A { A(const A &) = delete; void exit(int); };\nint b(A &a) { a.exit(1); C::exit(2); }")
              .empty());
}

TEST_CASE("every exception from a banned word is still needed") {
    for (const Banned &banned : banned_words) {
        for (const auto &[path, reason] : banned.except) {
            const auto source = std::find_if(project_sources().begin(), project_sources().end(), [&](const auto &one) { return one->path == path; });
            INFO(path << " no longer has " << banned.word << ": take its exception out");
            REQUIRE(source != project_sources().end());
            const auto &tokens = (*source)->tokens;
            CHECK(std::any_of(tokens.begin(), tokens.end(), [&](const Token &token) { return token.text == banned.word; }));
        }
    }
}

TEST_CASE("no header and nobody for std says using namespace") {
    require_none(in_project(against_using_namespace));
    CHECK(in_text(against_using_namespace, "geo/a.hpp", "using namespace keyaki::data;").size() == 1);
    CHECK(in_text(against_using_namespace, "geo/a.cpp", "using namespace std;").size() == 1);
    CHECK(in_text(against_using_namespace, "geo/a.hpp", "using namespace std::chrono_literals;").empty());
}

TEST_CASE("no source holds a promise to do it later") {
    require_none(in_project(against_promises));
    CHECK(in_text(against_promises, "geo/a.cpp", std::string("int a; // TO") + "DO: count\n").size() == 1);
    CHECK(in_text(against_promises, "geo/a.cpp", "auto a = \"name-XXXXXX\";\n").empty());
}

TEST_CASE("SQL is written in data only") {
    require_none(in_project(against_sql_outside_data));
    CHECK(in_text(against_sql_outside_data, "server/a.cpp", "auto a = \"SELECT b FROM c\";").size() == 1);
    CHECK(in_text(against_sql_outside_data, "server/a.cpp", "auto a = R\"(DELETE FROM b)\";").size() == 1);
    CHECK(in_text(against_sql_outside_data, "server/a.cpp", "auto a = \"SELECTED\"; // SELECT\n").empty());
}
