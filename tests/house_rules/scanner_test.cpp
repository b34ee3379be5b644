#include "tests/house_rules/functions.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::test::house;

namespace {

std::vector<std::string> names_in(std::string text) {
    const SourceFile source("geo/made_up.cpp", std::move(text));
    std::vector<std::string> names;
    for (const Function &function : functions_of(source)) {
        names.push_back(function.name);
    }
    return names;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("comments and contents of literals are no code") {
    const SourceFile source("geo/made_up.cpp",
                            "int a; // new b\n/* delete\n c */ auto d = \"new \\\" e\"; char f = '\"'; int g = 1'000;\nauto h = R\"(new \")\";\n");
    CHECK(source.code == "int a;         \n         \n      auto d = \"        \"; char f = ' '; int g = 1'000;\nauto h = R\"       \";\n");
    CHECK(source.line_count() == 4);
    REQUIRE(source.literals.size() == 2);
    CHECK(source.literals[0].text == "new \\\" e");
    CHECK(source.literals[1].text == "new \"");
    CHECK(source.literals[1].line == 4);
}

TEST_CASE("includes are found with their brackets and lines") {
    const SourceFile source("geo/made_up.cpp", "#include \"geo/made_up.hpp\"\n\n// #include <no>\n#include <vector>\n");
    REQUIRE(source.includes.size() == 2);
    CHECK(source.includes[0].path == "geo/made_up.hpp");
    CHECK_FALSE(source.includes[0].angled);
    CHECK(source.includes[1].path == "vector");
    CHECK(source.includes[1].angled);
    CHECK(source.includes[1].line == 4);
}

TEST_CASE("lines of the preprocessor give no tokens, and the lines after them keep their numbers") {
    const SourceFile source("geo/made_up.cpp", "#define A(x) \\\n    x {\nint b;\n");
    REQUIRE(source.tokens.size() == 3);
    CHECK(source.tokens[0].text == "int");
    CHECK(source.tokens[0].line == 3);
}

TEST_CASE("a function is as long as from its head to its closing brace") {
    const SourceFile source("geo/made_up.cpp", "namespace a {\n\n[[nodiscard]] int b(int c,\n      int d) {\n    return c;\n}\n\n} // namespace a\n");
    const std::vector<Function> functions = functions_of(source);
    REQUIRE(functions.size() == 1);
    CHECK(functions[0].name == "b");
    CHECK(functions[0].line == 3);
    CHECK(functions[0].lines == 4);
}

TEST_CASE("functions are told from types, values and what stands inside functions") {
    CHECK(names_in("struct A { int b = 0; int c() const { return b; } };") == Names{"c"});
    CHECK(names_in("class A : public B<int(int)> {\n  public:\n    explicit A(int b) : m_b{b}, m_c(b) { go(); }\n    ~A() {}\n};") ==
          Names{"A", "A"});
    CHECK(names_in("enum class A { b, c = 2 };\nconst int d[] = {1, 2};\nint e{3};\nint f() { return 4; }") == Names{"f"});
    CHECK(names_in("int a() { if (b) { c(); } auto d = [] { return 1; }; struct E { int f() { return 2; } }; return d(); }\nint g() { return 1; }") ==
          Names{"a", "g"});
    CHECK(names_in("template <typename T = int> T a(T b = {}) { return b; }") == Names{"a"});
    CHECK(names_in("bool operator==(A, A) { return true; }\nbool A::operator()(int) { return true; }").size() == 2);
    CHECK(names_in("const auto a = [](int b) { return b; };\nTEST_CASE(\"c { d\") { CHECK(e); }") == Names{"TEST_CASE"});
    CHECK(names_in("auto a() -> std::vector<int> { return {}; }\nextern \"C\" { int b(int) { return 1; } }") == Names{"a", "b"});
    CHECK(names_in("namespace { void a(); }\nvoid a() {}") == Names{"a"});
}
