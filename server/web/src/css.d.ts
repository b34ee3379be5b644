// esbuild gathers imported style sheets into the page's one style sheet.
declare module "*.css";
